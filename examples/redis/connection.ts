/**
 * Owns one connection to Redis: commands are pipelined, so that any number of tasks share it, and each gets its own reply. When
 * it is lost, whoever waits is told. Knows nothing of reconnecting.
 */
import {
  CancelledError,
  type ConnectionOptions,
  coroutine,
  createTask,
  type Future,
  getRunningLoop,
  NetworkError,
  type Operation,
  openConnection,
  Queue,
  type StreamReader,
  type StreamWriter,
  type Task,
  timeout,
} from "wasyncio";
import { encodeCommand, RedisError, type Reply, readReply } from "./resp.ts";

export interface RedisOptions extends ConnectionOptions {
  readonly host?: string;
  readonly port: number;
  /** How long a command may take; for ever unless given. */
  readonly timeoutMs?: number;
}

/** A message of a channel that one has subscribed to. */
export interface Message {
  readonly channel: string;
  readonly text: string;
}

export class RedisConnection {
  /** What is published on the channels that this connection has subscribed to. */
  readonly messages = new Queue<Message>();
  private readonly reader: StreamReader;
  private readonly writer: StreamWriter;
  private readonly timeoutMs: number | null;
  private readonly waiting: Future<Reply>[] = [];
  private readonly reading: Task<void>;
  private subscriptions = 0;
  private lost: Error | undefined = undefined;

  /** @internal */
  constructor(reader: StreamReader, writer: StreamWriter, timeoutMs: number | undefined) {
    this.reader = reader;
    this.writer = writer;
    this.timeoutMs = timeoutMs ?? null;
    this.reading = createTask(this.readReplies());
  }

  /** Whether commands can still be sent. */
  get isOpen(): boolean {
    return this.lost === undefined;
  }

  /** Sends a command, and waits for its reply. @throws RedisError when Redis refuses, NetworkError when the connection is lost. */
  command(...parts: (string | number)[]): Operation<Reply> {
    return command(this, parts);
  }

  /** Sends several at once, and waits for all: a refusal is among the replies. */
  pipeline(...commands: readonly (readonly (string | number)[])[]): Operation<Reply[]> {
    return pipeline(this, commands);
  }

  /** From now on `messages` gets what is published on the channels, and other commands are refused by Redis. */
  subscribe(...channels: string[]): Operation<void> {
    return subscribe(this, channels);
  }

  close(): Operation<void> {
    return close(this);
  }

  /** Gives the connection up at once, with whatever was begun on it. */
  abort(): void {
    this.lose(new NetworkErrorOfRedis());
    this.reading.cancel();
    this.writer.transport.abort();
  }

  /** @internal */
  *send(parts: readonly (string | number)[]): Generator<unknown, Reply, unknown> {
    return yield* timeout(this.timeoutMs, () => this.answerTo(parts));
  }

  private *answerTo(parts: readonly (string | number)[]): Generator<unknown, Reply, unknown> {
    const reply = this.enqueue(parts);
    try {
      yield* this.writer.drain();
      return yield* reply;
    } finally {
      // Who does not wait any longer leaves a place in line, so that the next reply is not taken for this one.
      reply.cancel();
    }
  }

  /** @internal */
  enqueue(parts: readonly (string | number)[]): Future<Reply> {
    if (this.lost !== undefined) throw this.lost;
    const reply = getRunningLoop().createFuture<Reply>();
    this.waiting.push(reply);
    this.writer.write(encodeCommand(parts));
    return reply;
  }

  /** @internal */
  *begin(channels: readonly string[]): Generator<unknown, void, unknown> {
    const first = this.subscriptions;
    this.writer.write(encodeCommand(["SUBSCRIBE", ...channels]));
    yield* this.writer.drain();
    yield* timeout(
      this.timeoutMs,
      function* (this: RedisConnection) {
        while (this.subscriptions < first + channels.length && this.isOpen) {
          this.subscribed = getRunningLoop().createFuture<void>();
          yield* this.subscribed;
        }
      }.bind(this),
    );
    if (this.lost !== undefined) throw this.lost;
  }

  private subscribed: Future<void> | undefined = undefined;

  private *readReplies(): Generator<unknown, void, unknown> {
    let failure: Error = new NetworkErrorOfRedis();
    try {
      for (;;) {
        const reply = yield* readReply(this.reader);
        if (reply === undefined) break;
        this.take(reply);
      }
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      failure = error as Error;
    } finally {
      this.lose(failure);
    }
  }

  private take(reply: Reply): void {
    if (Array.isArray(reply) && reply[0] === "message") {
      this.messages.putNowait({ channel: String(reply[1]), text: String(reply[2]) });
    } else if (Array.isArray(reply) && reply[0] === "subscribe") {
      this.subscriptions++;
      if (this.subscribed?.pending()) this.subscribed.setResult();
    } else {
      const next = this.waiting.shift();
      if (!next?.pending()) return;
      if (reply instanceof RedisError) next.setException(reply);
      else next.setResult(reply);
    }
  }

  private lose(failure: Error): void {
    this.lost = failure;
    this.writer.close();
    this.messages.shutdown();
    if (this.subscribed?.pending()) this.subscribed.setResult();
    for (const reply of this.waiting.splice(0)) if (reply.pending()) reply.setException(failure);
  }

  /** @internal */
  *end(): Generator<unknown, void, unknown> {
    // Told here, since a task that is cancelled before its first step does nothing at all.
    this.lose(new NetworkErrorOfRedis());
    this.reading.cancel();
    try {
      yield* this.writer.waitClosed();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
    }
  }
}

/** The connection has ended. */
class NetworkErrorOfRedis extends Error {
  override readonly name = "NetworkError";
  readonly code = "ECONNRESET";
  constructor() {
    super("Redis has closed the connection");
  }
}

export const connectRedis = coroutine(function* connectRedis({
  host = "127.0.0.1",
  port,
  timeoutMs,
  ...options
}: RedisOptions) {
  const [reader, writer] = yield* timeout(timeoutMs ?? null, () => openConnection(host, port, options));
  return new RedisConnection(reader, writer, timeoutMs);
});

const command = coroutine(function* command(redis: RedisConnection, parts: readonly (string | number)[]) {
  return yield* redis.send(parts);
});

const pipeline = coroutine(function* pipeline(
  redis: RedisConnection,
  commands: readonly (readonly (string | number)[])[],
) {
  const replies = commands.map((parts) => redis.enqueue(parts));
  const answers: Reply[] = [];
  try {
    for (const reply of replies) {
      try {
        answers.push(yield* reply);
      } catch (error) {
        if (!(error instanceof RedisError)) throw error;
        answers.push(error);
      }
    }
  } finally {
    for (const reply of replies) reply.cancel();
  }
  return answers;
});

const subscribe = coroutine(function* subscribe(redis: RedisConnection, channels: readonly string[]) {
  yield* redis.begin(channels);
});

const close = coroutine(function* close(redis: RedisConnection) {
  yield* redis.end();
});
