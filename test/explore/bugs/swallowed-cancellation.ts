/**
 * A swallowed cancellation: a wait that is cancelled just when its result has come returns the result, as if nobody had
 * cancelled, and a worker that was told to stop goes on for ever.
 * After https://github.com/python/cpython/issues/86296.
 */
import { type Coroutine, createTask, Future, getRunningLoop, sleep } from "wasyncio";
import { must } from "./must.ts";

export function* swallowedCancellation(mended: boolean): Coroutine<void> {
  let next = new Future<string>();

  function* within(result: Future<string>, delayMs: number): Coroutine<string> {
    const deadline = getRunningLoop().callLater(delayMs, () => result.cancel());
    try {
      return yield* result;
    } catch (error) {
      if (!mended && !result.cancelled()) return result.result();
      throw error;
    } finally {
      deadline.cancel();
    }
  }

  function* work(): Coroutine<void> {
    for (;;) {
      yield* within(next, 100);
      next = new Future();
    }
  }

  function* produce(): Coroutine<void> {
    yield* sleep(5);
    if (next.pending()) next.setResult("a job");
  }

  const worker = createTask(work());
  createTask(produce());
  yield* sleep(5);
  worker.cancel();
  yield* sleep(1);
  must(worker.cancelled(), "the worker goes on");
}
