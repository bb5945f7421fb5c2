/**
 * Owns `shield`: waiting for something that goes on when the wait is cancelled.
 */
import type { Startable } from "../core/coroutine.ts";
import { ensureFutureFor } from "../core/ensure.ts";
import type { Future } from "../core/future.ts";

/**
 * Waits for an awaitable, or for a function as a task of its own, without passing a cancellation on to it. If it fails
 * after the waiter has gone, the exception goes to the loop's exception handler. asyncio: `shield`.
 *
 * @returns a future of the result; the awaitable's own future if that is done already.
 * @throws ArgumentError ERR_COROUTINE_EXPECTED for what cannot be waited for.
 *
 * @example
 * ```ts
 * yield* shield(commit()); // cancelled here, the commit still runs to its end
 * ```
 */
export function shield<T>(awaitable: Startable<T>): Future<T> {
  const inner = ensureFutureFor("shield", awaitable);
  if (inner.done()) return inner;
  const outer = inner.getLoop().createFuture<T>();

  const innerDone = () => {
    if (outer.done()) return;
    if (inner.cancelled()) {
      outer.cancel();
      return;
    }
    const error = inner.exception();
    if (error !== null) outer.fail(error);
    else outer.setResult(inner.result());
  };
  inner.addDoneCallback(innerDone);
  outer.addDoneCallback(() => {
    if (inner.done()) return;
    inner.removeDoneCallback(innerDone);
    // One report for an inner future that several shields have abandoned.
    inner.removeDoneCallback(reportFailure);
    inner.addDoneCallback(reportFailure);
  });
  return outer;
}

function reportFailure(future: Future<unknown>): void {
  if (future.cancelled()) return;
  const exception = future.exception();
  if (exception === null) return;
  const name = exception instanceof Error ? exception.name : typeof exception;
  future
    .getLoop()
    .callExceptionHandler({ message: `${name} exception in shielded future`, exception, future });
}
