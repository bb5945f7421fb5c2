/**
 * Owns a stream that a task writes piece by piece, as a ReadableStream: the task waits while nothing is read, and is notified
 * when nothing will be. Knows nothing of requests or responses.
 */
import { type Operation, operation } from "../core/coroutine.ts";
import type { Future } from "../core/future.ts";
import { getRunningLoop } from "../core/running.ts";
import { type BytesLike, bytesOf } from "./bytes.ts";

/** How many bytes may wait to be read before a write waits. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Writes a body. `streamBody` of `wasyncio/edge` makes it. */
export class BodyWriter {
  /** @internal */
  readonly stream: ReadableStream<Uint8Array>;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private reading: Future<void> | undefined = undefined;
  private open = true;

  /**
   * @param onCancel - called when nothing more will be read.
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
   * changed afterwards. When nothing more will be read, they are dropped.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  write(data: BytesLike): Operation<void> {
    return operation("write", this.send(bytesOf("write", data)));
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

  /** The other side learns that something is missing, but not why. @internal */
  fail(): void {
    if (this.open) this.controller.error(new Error("the body was not completed"));
    this.open = false;
  }
}
