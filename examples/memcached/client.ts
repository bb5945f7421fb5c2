/**
 * Owns a client of memcached, by its text protocol: one command at a time on a connection, guarded by a lock, so that a
 * cancelled command closes the connection instead of leaving half an answer in it.
 */
import {
  coroutine,
  Lock,
  type Operation,
  openConnection,
  type StreamReader,
  type StreamWriter,
  timeout,
} from "wasyncio";

export interface MemcachedOptions {
  readonly host?: string;
  readonly port: number;
  /** How long a command may take; a second unless given. */
  readonly timeoutMs?: number;
}

/** A value, and what `cas` needs to replace it and no other. */
export interface Item {
  readonly value: string;
  readonly unique: string;
}

/** memcached has refused a command. */
export class MemcachedError extends Error {
  override readonly name = "MemcachedError";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const KEY = /^[\x21-\x7e]{1,250}$/;

export class Memcached {
  private readonly options: MemcachedOptions;
  private readonly lock = new Lock();
  private streams: [StreamReader, StreamWriter] | undefined = undefined;

  constructor(options: MemcachedOptions) {
    this.options = options;
  }

  get(key: string): Operation<string | undefined> {
    return getOne(this, key);
  }

  /** All that are there, of any number of keys. */
  getMany(keys: readonly string[]): Operation<Map<string, Item>> {
    return getMany(this, keys);
  }

  /** @param expiresS - after how many seconds it is forgotten; 0 for never. */
  set(key: string, value: string, expiresS = 0): Operation<void> {
    return set(this, key, value, expiresS);
  }

  /** Sets a value unless it has changed since it was got. @returns whether it did. */
  cas(key: string, value: string, unique: string, expiresS = 0): Operation<boolean> {
    return cas(this, key, value, unique, expiresS);
  }

  /** @returns whether there was one. */
  delete(key: string): Operation<boolean> {
    return remove(this, key);
  }

  close(): Operation<void> {
    return close(this);
  }

  /** Runs one exchange at a time. What is given up in the midst of it takes the connection along. @internal */
  *exchange<T>(
    command: string,
    read: (reader: StreamReader) => Generator<unknown, T, unknown>,
  ): Generator<unknown, T, unknown> {
    const { timeoutMs = 1000 } = this.options;
    return yield* this.lock.with(() =>
      timeout(
        timeoutMs,
        function* (this: Memcached) {
          let done = false;
          try {
            const [reader, writer] = yield* this.connected();
            writer.write(encoder.encode(command));
            yield* writer.drain();
            const answer = yield* read(reader);
            done = true;
            return answer;
          } finally {
            if (!done) this.drop();
          }
        }.bind(this),
      ),
    );
  }

  private *connected(): Generator<unknown, [StreamReader, StreamWriter], unknown> {
    const { host = "127.0.0.1", port } = this.options;
    this.streams ??= yield* openConnection(host, port);
    return this.streams;
  }

  private drop(): void {
    this.streams?.[1].transport.abort();
    this.streams = undefined;
  }

  /** @internal */
  *end(): Generator<unknown, void, unknown> {
    // A connection that is being made at this moment would be left open.
    yield* this.lock.with(() => this.closeStreams());
  }

  private *closeStreams(): Generator<unknown, void, unknown> {
    const writer = this.streams?.[1];
    this.streams = undefined;
    if (writer === undefined) return;
    writer.close();
    yield* writer.waitClosed();
  }
}

function checked(key: string): string {
  if (KEY.test(key)) return key;
  throw new TypeError("a key has 1 to 250 characters of ASCII, and no white space");
}

function* line(reader: StreamReader): Generator<unknown, string, unknown> {
  const text = decoder.decode(yield* reader.readuntil("\r\n")).slice(0, -2);
  if (/^(ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(text)) throw new MemcachedError(text);
  return text;
}

function* values(reader: StreamReader): Generator<unknown, Map<string, Item>, unknown> {
  const items = new Map<string, Item>();
  for (let head = yield* line(reader); head !== "END"; head = yield* line(reader)) {
    const [, key = "", , length, unique = ""] = head.split(" ");
    const bytes = yield* reader.readexactly(Number(length) + 2);
    items.set(key, { value: decoder.decode(bytes.subarray(0, -2)), unique });
  }
  return items;
}

function stored(verb: string, key: string, value: string, expiresS: number, unique = ""): string {
  const { length } = encoder.encode(value);
  return `${verb} ${checked(key)} 0 ${expiresS} ${length}${unique && ` ${unique}`}\r\n${value}\r\n`;
}

const getMany = coroutine(function* getMany(client: Memcached, keys: readonly string[]) {
  if (keys.length === 0) return new Map<string, Item>();
  return yield* client.exchange(`gets ${keys.map(checked).join(" ")}\r\n`, values);
});

const getOne = coroutine(function* get(client: Memcached, key: string) {
  return (yield* client.exchange(`gets ${checked(key)}\r\n`, values)).get(key)?.value;
});

const set = coroutine(function* set(client: Memcached, key: string, value: string, expiresS: number) {
  const answer = yield* client.exchange(stored("set", key, value, expiresS), line);
  if (answer !== "STORED") throw new MemcachedError(answer);
});

const cas = coroutine(function* cas(
  client: Memcached,
  key: string,
  value: string,
  unique: string,
  expiresS: number,
) {
  const answer = yield* client.exchange(stored("cas", key, value, expiresS, unique), line);
  if (answer !== "STORED" && answer !== "EXISTS") throw new MemcachedError(answer);
  return answer === "STORED";
});

const remove = coroutine(function* remove(client: Memcached, key: string) {
  return (yield* client.exchange(`delete ${checked(key)}\r\n`, line)) === "DELETED";
});

const close = coroutine(function* close(client: Memcached) {
  yield* client.end();
});
