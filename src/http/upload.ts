/**
 * Owns reading a body that comes in pieces: in a task of the loop, so that an async generator may wait for anything, a
 * source that always has more takes turns with everything else, and cancelling the request ends the source. Knows
 * nothing of what the body is for.
 */

import { perform } from "../core/async/perform.ts";
import { operation } from "../core/coroutine.ts";
import { adopt } from "../core/ensure.ts";
import { CancelledError } from "../core/errors.ts";
import { isInterrupt } from "../core/interrupt.ts";
import type { EventLoop } from "../core/loop.ts";
import { BodyWriter } from "../io/body-writer.ts";
import { bytesOf, concat } from "../io/bytes.ts";
import { NetworkError } from "../io/errors.ts";
import { type BodySource, isStream, type PreparedBody } from "./body.ts";

/** Where the pieces go. */
interface Sink {
  /** Accepts a piece, and waits while there is no room for more. */
  send(bytes: Uint8Array): Generator<unknown, void, unknown>;
  close(): void;
  fail(): void;
}

/** What is read, and what is called. */
export interface UploadOptions {
  readonly loop: EventLoop;
  /** The request, in messages. */
  readonly what: string;
  readonly source: BodySource;
  /** Aborted when the body is no longer needed. */
  readonly signal: AbortSignal;
  /** Called with what the source threw. */
  readonly onFailure: (error: unknown) => void;
  /** Called when nothing more comes from the source. */
  readonly onEnd?: () => void;
}

/** A body that is being read, or has been. */
export interface Upload {
  /** What `fetch` can send. */
  readonly body: PreparedBody;
  /** Stops reading, and ends the source. Harmless once it has ended. */
  stop(): void;
}

/** The source as a stream, which is sent as it comes. */
export function uploadStream(options: UploadOptions): Upload {
  const writer = new BodyWriter(() => stop());
  const stop = upload(options, writer);
  return { body: { source: writer.stream }, stop };
}

/** All of the source, for where a stream cannot be sent. Never settles once it is no longer needed. */
export function uploadWhole(options: UploadOptions): Promise<Upload> {
  const pieces: Uint8Array[] = [];
  return new Promise((resolve) => {
    const stop = upload(options, {
      *send(bytes) {
        pieces.push(bytes);
      },
      close: () => resolve({ body: { whole: concat(pieces) }, stop }),
      fail() {},
    });
  });
}

/** @returns a function that ends it. */
function upload({ loop, what, source, signal, onFailure, onEnd }: UploadOptions, sink: Sink): () => void {
  const reading = operation("upload", uploading(`the body of ${what}`, source, sink, onFailure));
  const task = loop.createTask(reading);
  let stopped = false;
  const stop = () => {
    stopped = true;
    sink.fail();
    // The tasks of a loop that was closed never go on.
    if (loop.isClosed()) reading.return(undefined);
    else task.cancel("the body is no longer needed");
  };
  signal.addEventListener("abort", stop);
  task.addDoneCallback(() => {
    signal.removeEventListener("abort", stop);
    // A task that is cancelled before its first step gets no other chance.
    sink.fail();
    onEnd?.();
    // Cancelled by the source itself, as by awaiting what was cancelled, or along with all tasks.
    if (task.cancelled() && !stopped)
      onFailure(new NetworkError("ECONNABORTED", `${what}: the task sending the body was cancelled`));
  });
  return stop;
}

function* uploading(
  caller: string,
  source: BodySource,
  sink: Sink,
  onFailure: (error: unknown) => void,
): Generator<unknown, void, unknown> {
  try {
    if (isStream(source)) yield* sendStream(caller, source, sink);
    else yield* perform(async () => await sendAll(caller, source, sink));
    sink.close();
  } catch (error) {
    sink.fail();
    if (error instanceof CancelledError || isInterrupt(error)) throw error;
    onFailure(error);
  }
}

function* sendStream(
  caller: string,
  source: ReadableStream<unknown>,
  sink: Sink,
): Generator<unknown, void, unknown> {
  const reader = source.getReader();
  try {
    for (;;) {
      const { done, value } = yield* adopt(reader.read());
      if (done) return;
      yield* sink.send(bytesOf(caller, value));
    }
  } finally {
    // Harmless once it has ended.
    reader.cancel().catch(() => {});
  }
}

async function sendAll(caller: string, source: AsyncIterable<unknown>, sink: Sink): Promise<void> {
  for await (const piece of source) await operation("send", sending(sink, bytesOf(caller, piece)));
}

function* sending(sink: Sink, bytes: Uint8Array): Generator<unknown, void, unknown> {
  yield* sink.send(bytes);
  // A generator that never waits would block the thread.
  yield;
}
