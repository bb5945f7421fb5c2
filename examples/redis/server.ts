/**
 * Owns a server that speaks RESP and knows a dozen of Redis's commands, in memory: for tests, and to have something to run the client
 * against. Knows nothing of clients.
 */
import {
  coroutine,
  type Operation,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { RedisError, type Reply, readReply } from "./resp.ts";

/** A command as it has come: its name in capitals, and its arguments. */
type Command = readonly [name: string, ...args: string[]];

/** What answers a command; undefined for what has been answered already. */
type Answer = (args: readonly string[], writer: StreamWriter) => Reply | Status | undefined;

const encoder = new TextEncoder();

/** Text that is sent as a line of its own. */
class Status {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const OK = new Status("OK");

/** What is stored, and who listens to what. */
class Store {
  private readonly values = new Map<string, string>();
  private readonly lists = new Map<string, string[]>();
  private readonly listeners = new Map<string, Set<StreamWriter>>();

  readonly commands: Readonly<Record<string, Answer>> = {
    PING: () => new Status("PONG"),
    ECHO: ([text = ""]) => text,
    GET: ([key = ""]) => this.values.get(key) ?? null,
    SET: ([key = "", value = ""]) => {
      this.values.set(key, value);
      return OK;
    },
    INCR: ([key = ""]) => {
      const value = Number(this.values.get(key) ?? 0) + 1;
      if (!Number.isInteger(value)) return new RedisError("ERR value is not an integer or out of range");
      this.values.set(key, String(value));
      return value;
    },
    DEL: (keys) => {
      return keys.filter((key) => [this.values.delete(key), this.lists.delete(key)].includes(true)).length;
    },
    RPUSH: ([key = "", ...items]) => {
      const list = this.lists.get(key) ?? [];
      list.push(...items);
      this.lists.set(key, list);
      return list.length;
    },
    LLEN: ([key = ""]) => this.lists.get(key)?.length ?? 0,
    SUBSCRIBE: (channels, writer) => {
      for (const [i, channel] of channels.entries()) {
        const writers = this.listeners.get(channel) ?? new Set();
        writers.add(writer);
        this.listeners.set(channel, writers);
        writer.write(encodeReply(["subscribe", channel, i + 1]));
      }
      return undefined;
    },
    PUBLISH: ([channel = "", text = ""]) => {
      const writers = this.listeners.get(channel) ?? new Set();
      for (const writer of writers) writer.write(encodeReply(["message", channel, text]));
      return writers.size;
    },
  };

  forget(writer: StreamWriter): void {
    for (const writers of this.listeners.values()) writers.delete(writer);
  }

  answer([name, ...args]: Command, writer: StreamWriter): Reply | Status | undefined {
    const command = this.commands[name];
    return command === undefined ? new RedisError(`ERR unknown command '${name}'`) : command(args, writer);
  }
}

function encodeReply(reply: Reply | Status): Uint8Array {
  return encoder.encode(textOf(reply));
}

function textOf(reply: Reply | Status): string {
  if (reply === null) return "$-1\r\n";
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (typeof reply === "string") return `$${encoder.encode(reply).length}\r\n${reply}\r\n`;
  if (reply instanceof Status) return `+${reply.text}\r\n`;
  if (reply instanceof RedisError) return `-${reply.message}\r\n`;
  return `*${reply.length}\r\n${reply.map(textOf).join("")}`;
}

/**
 * Starts a server with a store of its own.
 * @param host - an address or a name of this machine.
 * @param port - 0 for any that is free.
 */
export function startRedis(host: string, port: number): Operation<Server> {
  return started(host, port);
}

const started = coroutine(function* startRedis(host: string, port: number) {
  const store = new Store();
  return yield* startServer((reader, writer) => serve(store, reader, writer), host, port);
});

function* serve(store: Store, reader: StreamReader, writer: StreamWriter): Generator<unknown, void, unknown> {
  try {
    for (;;) {
      const parts = yield* readReply(reader);
      if (!Array.isArray(parts)) return;
      const [name, ...args] = parts.map(String);
      const reply = store.answer([(name ?? "").toUpperCase(), ...args], writer);
      if (reply !== undefined) writer.write(encodeReply(reply));
      yield* writer.drain();
    }
  } finally {
    store.forget(writer);
    writer.close();
  }
}
