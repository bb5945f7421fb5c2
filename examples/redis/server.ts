/**
 * Owns a server that speaks RESP and knows a dozen of Redis's commands and its transactions, in memory: for tests, and to have
 * something to run the client against. Knows nothing of that client.
 */
import {
  type Coroutine,
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

/** What a command comes to. */
type Answer = Reply | Status | Answer[];

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
export class Store {
  private readonly values = new Map<string, string>();
  private readonly lists = new Map<string, string[]>();
  private readonly listeners = new Map<string, Set<StreamWriter>>();

  private readonly commands: Readonly<Record<string, (args: readonly string[]) => Answer>> = {
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
    PUBLISH: ([channel = "", text = ""]) => {
      const writers = this.listeners.get(channel) ?? new Set();
      for (const writer of writers) writer.write(encodeAnswer(["message", channel, text]));
      return writers.size;
    },
  };

  answer([name, ...args]: Command): Answer {
    const command = this.commands[name];
    return command === undefined ? new RedisError(`ERR unknown command '${name}'`) : command(args);
  }

  listen(channel: string, writer: StreamWriter): void {
    const writers = this.listeners.get(channel) ?? new Set();
    writers.add(writer);
    this.listeners.set(channel, writers);
  }

  forget(writer: StreamWriter): void {
    for (const writers of this.listeners.values()) writers.delete(writer);
  }
}

/** One connection: the commands that depend on whose they are. */
class Connection {
  private readonly store: Store;
  private readonly writer: StreamWriter;
  /** The commands of the transaction that has begun. */
  private queued: Command[] | undefined = undefined;

  constructor(store: Store, writer: StreamWriter) {
    this.store = store;
    this.writer = writer;
  }

  answer(command: Command): void {
    const [name, ...args] = command;
    if (name === "SUBSCRIBE") this.subscribe(args);
    else this.write(this.answerInOrder(command));
  }

  private answerInOrder(command: Command): Answer {
    const { queued } = this;
    switch (command[0]) {
      case "MULTI":
        if (queued !== undefined) return new RedisError("ERR MULTI calls can not be nested");
        this.queued = [];
        return OK;
      case "EXEC":
        if (queued === undefined) return new RedisError("ERR EXEC without MULTI");
        this.queued = undefined;
        return queued.map((each) => this.store.answer(each));
      default:
        if (queued === undefined) return this.store.answer(command);
        queued.push(command);
        return new Status("QUEUED");
    }
  }

  private subscribe(channels: readonly string[]): void {
    for (const [i, channel] of channels.entries()) {
      this.store.listen(channel, this.writer);
      this.write(["subscribe", channel, i + 1]);
    }
  }

  private write(answer: Answer): void {
    this.writer.write(encodeAnswer(answer));
  }
}

function encodeAnswer(answer: Answer): Uint8Array {
  return encoder.encode(textOf(answer));
}

function textOf(answer: Answer): string {
  if (answer === null) return "$-1\r\n";
  if (typeof answer === "number") return `:${answer}\r\n`;
  if (typeof answer === "string") return `$${encoder.encode(answer).length}\r\n${answer}\r\n`;
  if (answer instanceof Status) return `+${answer.text}\r\n`;
  if (answer instanceof RedisError) return `-${answer.message}\r\n`;
  return `*${answer.length}\r\n${answer.map(textOf).join("")}`;
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

/** Answers a client until it has gone. @throws NetworkError when it is cut off. */
export function* serve(store: Store, reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  const connection = new Connection(store, writer);
  try {
    for (;;) {
      const parts = yield* readReply(reader);
      if (!Array.isArray(parts)) return;
      const [name, ...args] = parts.map(String);
      connection.answer([(name ?? "").toUpperCase(), ...args]);
      yield* writer.drain();
    }
  } finally {
    store.forget(writer);
    writer.close();
  }
}
