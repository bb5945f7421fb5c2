/** A lost wake-up: there is a step between the check and the wait, and who wakes the others has nobody to wake in it. */
import { type Coroutine, createTask, Future, sleep } from "wasyncio";

export function* lostWakeUp(mended: boolean): Coroutine<void> {
  const letters: string[] = [];
  let arrival: Future<void> | undefined;

  function* carry(): Coroutine<void> {
    yield* sleep(0);
    letters.push("a letter");
    arrival?.setResult();
  }

  function* fetch(): Coroutine<void> {
    while (letters.length === 0) {
      // As one says in a log that the box is empty, before one sits down to wait.
      if (!mended) yield* sleep(0);
      arrival = new Future();
      yield* arrival;
    }
  }

  const reader = createTask(fetch());
  createTask(carry());
  yield* reader;
}
