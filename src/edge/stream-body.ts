/**
 * Owns a response's body that a task writes piece by piece: waiting while nobody reads, and ending the task when nobody
 * will. Not every runtime says so to the stream itself: on workerd a write to a client that has gone never ends, and only the
 * request's signal tells.
 */
import { checkFunction } from "../core/checks.ts";
import { type Body, coroutine, type Operation } from "../core/coroutine.ts";
import { perform } from "../core/ensure.ts";
import { CancelledError } from "../core/errors.ts";
import type { Future } from "../core/future.ts";
import { getRunningLoop } from "../core/running.ts";
import { type BytesLike, bytesOf } from "../io/bytes.ts";
import { type Keeper, keeperHere } from "./wait-until.ts";

/** So many bytes may wait to be read before a write waits. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Writes a response's body. `streamBody` makes it. */
export class BodyWriter {
  /** @internal */
  readonly stream: ReadableStream<Uint8Array>;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private reading: Future<void> | undefined = undefined;
  private open = true;

  /**
   * @param onCancel - told when nobody will read any more.
   * @internal
   */
  constructor(onCancel: () => void) {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => {
          if (this.reading?.pending()) this.reading.setResult();
        },
        cancel: () => {
          this.open = false;
          onCancel();
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (bytes) => bytes.byteLength },
    );
  }

  /**
   * Writes bytes, or a string as UTF-8, and waits while more than 64 KiB are waiting to be read. The bytes must not be
   * changed afterwards. When nobody will read any more they are dropped.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  write(data: BytesLike): Operation<void> {
    return writing(this, bytesOf("write", data));
  }

  /** @internal */
  *send(bytes: Uint8Array): Generator<unknown, void, unknown> {
    if (!this.open || bytes.length === 0) return;
    this.controller.enqueue(bytes);
    while (this.open && (this.controller.desiredSize ?? 0) <= 0) {
      this.reading = getRunningLoop().createFuture<void>();
      yield* this.reading;
    }
  }

  /** @internal */
  close(): void {
    if (this.open) this.controller.close();
    this.open = false;
  }

  /** What the other side gets to know is that something is missing, and not why. @internal */
  fail(): void {
    if (this.open) this.controller.error(new Error("the response's body was not completed"));
    this.open = false;
  }
}

const writing = coroutine(function* write(writer: BodyWriter, bytes: Uint8Array) {
  yield* writer.send(bytes);
});

/**
 * A body for a Response, written by a task that goes on behind the handler, as by `waitUntil`. The task is cancelled when
 * nobody will read the body any more. Not part of asyncio.
 *
 * @param feed - a generator function or async function that writes. When it ends, the body ends; when it fails, the body is cut
 * short and the exception handler is told.
 * @throws EdgeError ERR_NO_REQUEST or ERR_REQUEST_OVER, as `waitUntil`; ArgumentError ERR_CALLBACK_EXPECTED.
 *
 * @example
 * ```ts
 * return new Response(streamBody(function* (body) {
 *   for (const row of rows) yield* body.write(JSON.stringify(row) + "\n");
 * }));
 * ```
 */
export function streamBody(feed: Body<void, [body: BodyWriter]>): ReadableStream<Uint8Array> {
  checkFunction("streamBody", feed);
  const keeper: Keeper = keeperHere("streamBody");
  const { signal } = keeper;
  const cancel = () => task.cancel("nobody reads the body any more");
  const writer = new BodyWriter(cancel);
  const task = keeper.keep(feeding(feed, writer));
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  task.addDoneCallback(() => {
    signal?.removeEventListener("abort", cancel);
    // A task that is cancelled before its first step has no other chance.
    writer.fail();
  });
  return writer.stream;
}

const feeding = coroutine(function* streamBody(feed: Body<void, [body: BodyWriter]>, writer: BodyWriter) {
  try {
    yield* perform(feed, writer);
    writer.close();
  } catch (error) {
    writer.fail();
    if (!(error instanceof CancelledError)) throw error;
  }
});
