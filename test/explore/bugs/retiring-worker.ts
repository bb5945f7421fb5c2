/**
 * A worker that retires as a job comes: it has decided to go, still counts as there, and nobody is started for the job.
 * After https://github.com/brettwooldridge/HikariCP/issues/452.
 */
import { type Coroutine, createTask, sleep } from "wasyncio";
import { must } from "./must.ts";

const IDLE_MS = 10;

export function* retiringWorker(mended: boolean): Coroutine<void> {
  const jobs: string[] = [];
  const done: string[] = [];
  let workers = 0;

  function submit(job: string): void {
    jobs.push(job);
    if (workers > 0) return;
    workers++;
    createTask(work());
  }

  function* work(): Coroutine<void> {
    while (jobs.length > 0) {
      done.push(jobs.shift() as string);
      if (jobs.length === 0) yield* sleep(IDLE_MS);
    }
    if (mended) workers--;
    // It closes its connection.
    yield* sleep(1);
    if (!mended) workers--;
  }

  submit("one");
  yield* sleep(IDLE_MS);
  submit("another");
  yield* sleep(100);
  must(done.includes("another"), "a job is never done");
}
