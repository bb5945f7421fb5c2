/**
 * A use after close: a server that is shut down waits for the requests that it knows of, and one is still on its way to be
 * known, since whose it is was asked first.
 */
import { type Coroutine, createTask, gather, sleep, type Task } from "wasyncio";
import { must } from "./must.ts";

export function* usedAfterClose(mended: boolean): Coroutine<void> {
  const active = new Set<Task<void>>();
  let isOpen = true;

  function* query(): Coroutine<void> {
    yield* sleep(5);
    must(isOpen, "the database was closed under a request");
  }

  function* answer(): Coroutine<void> {
    yield* sleep(5);
    if (mended) return yield* query();
    const querying = createTask(query());
    active.add(querying);
    yield* querying;
    active.delete(querying);
  }

  function* shutDown(): Coroutine<void> {
    yield* sleep(5);
    while (active.size > 0) yield* gather(...active);
    isOpen = false;
  }

  const answering = createTask(answer());
  if (mended) {
    active.add(answering);
    answering.addDoneCallback(() => active.delete(answering));
  }
  yield* gather(answering, shutDown());
}
