/**
 * Owns a response's body that a task writes piece by piece: it waits while nothing is read, and is cancelled when nothing
 * will be. Not every runtime reports that on the stream itself: on workerd a write to a client that has gone never ends, and only the
 * request's signal shows it.
 */
import { perform } from "../core/async/perform.ts";
import { checkFunction } from "../core/checks.ts";
import { type Body, operation } from "../core/coroutine.ts";
import { CancelledError } from "../core/errors.ts";
import { BodyWriter } from "../io/body-writer.ts";
import { type Keeper, keeperHere } from "./wait-until.ts";

/**
 * A body for a Response, written by a task that goes on after the handler, as with `waitUntil`. The task is cancelled when
 * the body will no longer be read. Not part of asyncio.
 *
 * @param feed - a generator function or async function that writes. When it ends, the body ends; when it fails, the body is cut
 * short and the exception handler is called.
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
  const cancel = () => task.cancel("the body is no longer being read");
  const writer = new BodyWriter(cancel);
  const task = keeper.keep(operation("streamBody", feeding(feed, writer)));
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel);
  task.addDoneCallback(() => {
    signal?.removeEventListener("abort", cancel);
    // A task that is cancelled before its first step gets no other chance.
    writer.fail();
  });
  return writer.stream;
}

function* feeding(
  feed: Body<void, [body: BodyWriter]>,
  writer: BodyWriter,
): Generator<unknown, void, unknown> {
  try {
    yield* perform(feed, writer);
    writer.close();
  } catch (error) {
    writer.fail();
    if (!(error instanceof CancelledError)) throw error;
  }
}
