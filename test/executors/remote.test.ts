/** Tests handles of a loop: calls from other threads, their order, results and errors, blocking, and the loop's end. */
import { describe, expect, test } from "vitest";
import { type EventLoop, getRunningLoop, newEventLoop, type RemoteHandle, run, sleep } from "wasyncio";
import { fromModule, ThreadPoolExecutor, transfer } from "wasyncio/executors";
import { Calls, type OnLoop } from "./remote-calls.ts";
import { errorOf, thrownBy } from "./trial.ts";

const tasks = fromModule<typeof import("./remote-tasks.mjs")>(new URL("./remote-tasks.mjs", import.meta.url));

async function withHandle<T>(
  body: (handle: RemoteHandle<OnLoop>, executor: ThreadPoolExecutor, calls: Calls) => PromiseLike<T>,
  maxWorkers = 1,
): Promise<T> {
  const executor = new ThreadPoolExecutor({ maxWorkers });
  const calls = new Calls();
  try {
    return await run(async () => await body(handOf(getRunningLoop(), calls), executor, calls));
  } finally {
    executor.terminateWorkers();
    await executor.shutdown();
  }
}

function handOf(loop: EventLoop, calls: Calls): RemoteHandle<OnLoop> {
  const handle = loop.remote(calls.functions);
  return transfer(handle, [handle.port]);
}

describe("loop.remote", () => {
  test("a million calls from four threads: none is lost, and each sender's come in order", async () => {
    const COUNT = 250_000;
    const seen = await withHandle(async (_handle, executor, calls) => {
      const loop = getRunningLoop();
      const sending = [1, 2, 3, 4].map((sender) =>
        executor.submit(tasks.callOften, handOf(loop, calls), sender, COUNT),
      );
      const counts = [];
      for (const each of sending) counts.push(await each);
      return [counts, calls.outOfOrder];
    }, 4);
    expect(seen).toEqual([[COUNT, COUNT, COUNT, COUNT], 0]);
  });

  test("runCoroutineThreadsafe gives results and errors", async () => {
    const answers = await withHandle((handle, executor) => executor.submit(tasks.runAll, handle));
    expect(answers).toEqual([
      "slept",
      2,
      ["RangeError", "on the loop", "E_LOOP"],
      ["LoopError", expect.stringContaining("'nothing'"), "ERR_NO_SUCH_FUNCTION"],
    ]);
  });

  test("cancel cancels the task on the loop", async () => {
    expect(await withHandle((handle, executor) => executor.submit(tasks.cancel, handle))).toBe(
      "CancelledError",
    );
  });

  test("waitForCoroutine blocks the worker, whatever the size of the result", async () => {
    expect(await withHandle((handle, executor) => executor.submit(tasks.block, handle))).toEqual([
      "slept",
      true,
      "on the loop",
      1,
    ]);
  });

  test("a call goes at once from a worker that computes on", async () => {
    const flag = new Int32Array(new SharedArrayBuffer(4));
    expect(await withHandle((handle, executor) => executor.submit(tasks.compute, handle, flag))).toBe("seen");
  });

  test("who waits when the loop is closed gets an error", async () => {
    const executor = new ThreadPoolExecutor({ maxWorkers: 1 });
    const loop = newEventLoop();
    const waiting = executor.submit(tasks.wait, handOf(loop, new Calls()));
    await loop.runUntilComplete(sleep(200));
    loop.close();
    expect((await errorOf(waiting)).code).toBe("ERR_LOOP_CLOSED");
    await executor.shutdown();
  });

  test("refuses what are no functions", async () => {
    await run(async () => {
      expect(thrownBy(() => getRunningLoop().remote(5 as never)).code).toBe("ERR_ARGUMENT_TYPE");
    });
  });
});
