/**
 * Tests that whoever waits for an executor can be cancelled at every point, in both styles: the wait ends at once, the pool goes on, and it
 * can be shut down.
 */
import { expect, test } from "vitest";
import { CancelledError, createTask, gather, run, sleep, type Task } from "wasyncio";
import { ThreadPoolExecutor } from "wasyncio/executors";
import { Random, seeds } from "../random.ts";
import { tasks } from "./trial.ts";

type Work = (pool: ThreadPoolExecutor) => PromiseLike<unknown>;

/** Ways to wait, in an async function and in a coroutine. */
const WAYS: Readonly<Record<string, (pool: ThreadPoolExecutor) => Task<unknown>>> = {
  submit: inTask(async (pool) => await pool.submit(tasks.inc, 1)),
  "submit in a coroutine": (pool) =>
    createTask(
      (function* () {
        return yield* pool.submit(tasks.inc, 1);
      })(),
    ),
  gather: inTask(async (pool) => await gather(pool.submit(tasks.inc, 1), pool.submit(tasks.countTo, 5))),
  progress: inTask(async (pool) => {
    const call = pool.submit(tasks.countTo, 50);
    for await (const _ of call);
    return await call;
  }),
  "progress in a coroutine": (pool) =>
    createTask(
      (function* () {
        const steps = pool.submit(tasks.countTo, 50)[Symbol.asyncIterator]();
        while ((yield* steps.next()).done !== true);
      })(),
    ),
  map: inTask(async (pool) => {
    for await (const _ of pool.map(tasks.inc, [1, 2, 3, 4, 5], { chunkSize: 2, bufferSize: 3 }));
  }),
  "map in a coroutine": (pool) =>
    createTask(
      (function* () {
        for (const next of pool.map(tasks.inc, [1, 2, 3, 4, 5])) yield* next;
      })(),
    ),
  with: inTask(async () => {
    const own = new ThreadPoolExecutor({ maxWorkers: 1 });
    return await own.with(async () => await own.submit(tasks.inc, 1));
  }),
  shutdown: inTask(async () => {
    const own = new ThreadPoolExecutor({ maxWorkers: 1 });
    own.submit(tasks.inc, 1);
    await own.shutdown();
  }),
};

function inTask(work: Work): (pool: ThreadPoolExecutor) => Task<unknown> {
  return (pool) => createTask(async () => await work(pool));
}

test.each(Object.entries(WAYS))("%s", async (_way, start) => {
  const seed = seeds().at(-1) as number;
  const random = new Random(seed);
  for (const cancelRunning of ["finish", "terminate"] as const) {
    const pool = new ThreadPoolExecutor({ maxWorkers: 2, cancelRunning });
    await run(async () => {
      for (let turns = 0; turns < 25; turns++) {
        const task = start(pool);
        // The first are at their first waits; later ones wherever the workers let them come.
        for (let i = 0; i < turns; i++) await sleep(turns < 8 ? 0 : random.between(0, 1));
        task.cancel();
        try {
          await task;
        } catch (error) {
          expect(error, `seed ${seed}`).toBeInstanceOf(CancelledError);
        }
      }
      expect(await pool.submit(tasks.inc, 1)).toBe(2);
    });
    await pool.shutdown();
  }
});
