/**
 * Owns what a program uses of Redis: a client that connects again when its connection is lost, and a pool of them. A command
 * that was on its way when the connection was lost fails, since nobody knows whether it was done.
 */
import { type Body, coroutine, Lock, type Operation, Queue, sleep } from "wasyncio";
import { connectRedis, type RedisConnection, type RedisOptions } from "./connection.ts";
import type { Reply } from "./resp.ts";

const FIRST_PAUSE_MS = 10;
const PAUSE_MS_MAX = 1000;

export interface ClientOptions extends RedisOptions {
  /** How often connecting is tried; 5 times unless given. */
  readonly attempts?: number;
}

export class Redis {
  private readonly options: ClientOptions;
  private readonly connecting = new Lock();
  private connection: RedisConnection | undefined = undefined;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /** @throws as RedisConnection.command, and NetworkError when Redis cannot be reached. */
  command(...parts: (string | number)[]): Operation<Reply> {
    return clientCommand(this, parts);
  }

  close(): Operation<void> {
    return clientClose(this);
  }

  /** A connection that is open. @internal */
  *connected(): Generator<unknown, RedisConnection, unknown> {
    if (this.connection?.isOpen) return this.connection;
    // One for all that find it lost.
    return yield* this.connecting.with(() => this.connect());
  }

  private *connect(): Generator<unknown, RedisConnection, unknown> {
    const { attempts = 5 } = this.options;
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      if (this.connection?.isOpen) return this.connection;
      try {
        this.connection = yield* connectRedis(this.options);
        return this.connection;
      } catch (error) {
        if ((error as { code?: unknown }).code === "ERR_CANCELLED" || attempt >= attempts) throw error;
      }
      yield* sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
  }

  /** Gives up the connection, and with it what was begun on it and not ended, such as a transaction. */
  abort(): void {
    this.connection?.abort();
    this.connection = undefined;
  }

  /** @internal */
  *end(): Generator<unknown, void, unknown> {
    // A connection that is being made at this moment would be left open.
    yield* this.connecting.with(() => this.closeConnection());
  }

  private *closeConnection(): Generator<unknown, void, unknown> {
    if (this.connection !== undefined) yield* this.connection.close();
  }
}

const clientCommand = coroutine(function* command(redis: Redis, parts: readonly (string | number)[]) {
  const connection = yield* redis.connected();
  return yield* connection.command(...parts);
});

const clientClose = coroutine(function* close(redis: Redis) {
  yield* redis.end();
});

/** So many clients, each of which one task at a time has for itself, as for a transaction. */
export class RedisPool {
  private readonly clients: readonly Redis[];
  private readonly free = new Queue<Redis>();

  constructor(size: number, options: ClientOptions) {
    this.clients = Array.from({ length: size }, () => new Redis(options));
    for (const client of this.clients) this.free.putNowait(client);
  }

  /** Runs `body` with a client of its own, waiting for one that is free. */
  with<T>(body: Body<T, [redis: Redis]>): Operation<T> {
    return pooled(this.free, body as Body<unknown, [Redis]>) as Operation<T>;
  }

  close(): Operation<void> {
    return poolClose(this.clients);
  }
}

const pooled = coroutine(function* pooled(free: Queue<Redis>, body: Body<unknown, [Redis]>) {
  const client = yield* free.get();
  let isClean = false;
  try {
    const result = yield* (body as (redis: Redis) => Generator<unknown, unknown, unknown>)(client);
    isClean = true;
    return result;
  } finally {
    if (!isClean) client.abort();
    free.putNowait(client);
  }
});

const poolClose = coroutine(function* close(clients: readonly Redis[]) {
  for (const client of clients) yield* client.close();
});
