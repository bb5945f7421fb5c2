// The judge before it judges: that it is CPython 3.14's own asyncio, on a clock that jumps, and that it always answers.

import { afterAll, describe, expect, test } from "vitest";
import { type Json, startOracle } from "./oracle.ts";

const oracle = startOracle();
afterAll(() => oracle.close());

/** Runs the body of `async def main(loop)` to its end and gives back how that ended. */
function runMain(body: string): Promise<Json> {
  const lines = body
    .trim()
    .split("\n")
    .map((line) => `    ${line}`);
  const source = `
import asyncio
from oracle.oracle import run_to_end, virtual_loop

async def main(loop):
${lines.join("\n")}

def run(_):
    with virtual_loop() as loop:
        return run_to_end(loop, main(loop))
`;
  return oracle.runPython(source, null);
}

describe("runPython", () => {
  test("gives JSON to Python and gets JSON back", async () => {
    const input = { text: "grüße", list: [1, 2.5, null, true] };
    expect(await oracle.runPython("def run(input): return [input, 1]", input)).toEqual([input, 1]);
  });

  test("answers several questions in order", async () => {
    const source = "def run(input): return input";
    expect(await Promise.all([1, 2, 3].map((input) => oracle.runPython(source, input)))).toEqual([1, 2, 3]);
  });

  test("rejects with Python's traceback", async () => {
    await expect(oracle.runPython("def run(_): return {}['missing']", null)).rejects.toThrow(
      /KeyError: 'missing'/,
    );
    await expect(oracle.runPython("def run(", null)).rejects.toThrow(/SyntaxError/);
  });

  test("rejects once it is closed", async () => {
    const other = startOracle();
    await other.close();
    await expect(other.runPython("def run(_): pass", null)).rejects.toThrow(/closed/);
  });

  test("is CPython 3.14 with its own accelerated Task and Future", async () => {
    const source = `
import asyncio, sys
def run(_): return [sys.implementation.name, list(sys.version_info[:2]), asyncio.Task.__module__, asyncio.Future.__module__]
`;
    expect(await oracle.runPython(source, null)).toEqual(["cpython", [3, 14], "_asyncio", "_asyncio"]);
  });
});

describe("the virtual clock", () => {
  test("goes straight and exactly to the next deadline", async () => {
    const body =
      "await asyncio.sleep(0.1)\nawait asyncio.sleep(0.2)\nawait asyncio.sleep(3_600_000)\nreturn 1";
    expect(await runMain(body)).toEqual({ value: 1, time: 0.1 + 0.2 + 3_600_000 });
  });

  test("stands still while there is something to do", async () => {
    expect(await runMain("for _ in range(100): await asyncio.sleep(0)")).toEqual({ value: null, time: 0 });
  });
});

describe("a run", () => {
  test("that has nothing left to wait for ends as a deadlock, and names the tasks that wait", async () => {
    const body = `
asyncio.current_task().set_name("main")
waiting = asyncio.create_task(asyncio.Event().wait(), name="waiter")
await asyncio.sleep(5)
await waiting
`;
    expect(await runMain(body)).toEqual({ deadlock: true, pending: ["main", "waiter"], time: 5 });
  });

  test("that never ends is stopped", async () => {
    expect(await runMain("while True: await asyncio.sleep(1)")).toMatchObject({ runaway: true });
  });

  test("that fails says how", async () => {
    const body = "raise ExceptionGroup('several', [ValueError('one'), KeyError('two')])";
    expect(await runMain(body)).toEqual({
      error: {
        error: "ExceptionGroup",
        message: "several",
        errors: [
          { error: "ValueError", message: "one" },
          { error: "KeyError", message: "'two'" },
        ],
      },
      time: 0,
    });
  });

  test("leaves nothing behind for the next", async () => {
    const hanging = `
async def hang():
    try:
        await loop.create_future()
    finally:
        await asyncio.sleep(1)
        loop.call_soon(print, "from the grave")
asyncio.create_task(hang())
await asyncio.sleep(1)
`;
    expect(await runMain(hanging)).toEqual({ value: null, time: 1 });
    expect(await runMain("import gc\ngc.collect()\nawait asyncio.sleep(3)")).toEqual({
      value: null,
      time: 3,
    });
  });
});

describe("what the oracle does in place of CPython", () => {
  test("timers with equal deadlines run in the order in which they were started", async () => {
    const body = `
order = []
for number in range(8): loop.call_later(1, order.append, number)
await asyncio.sleep(2)
return order
`;
    expect(await runMain(body)).toEqual({ value: [0, 1, 2, 3, 4, 5, 6, 7], time: 2 });
  });

  test("wait and as_completed keep the order in which they were given futures", async () => {
    const body = `
futures = [loop.create_future() for _ in range(20)]
for number, future in enumerate(futures): future.set_result(number)
done, _ = await asyncio.wait(futures)
return [[future.result() for future in done], [await earliest for earliest in asyncio.as_completed(futures)]]
`;
    const inOrder = Array.from({ length: 20 }, (_, number) => number);
    expect(await runMain(body)).toEqual({ value: [inOrder, inOrder], time: 0 });
  });

  test("TaskGroup cancels its tasks in the order in which they were started", async () => {
    const body = `
order = []
async def child(number):
    try:
        await asyncio.sleep(10)
    finally:
        order.append(number)
try:
    async with asyncio.TaskGroup() as group:
        for number in range(20): group.create_task(child(number))
        await asyncio.sleep(1)
        raise ValueError
except* ValueError:
    pass
return order
`;
    expect(await runMain(body)).toEqual({
      value: Array.from({ length: 20 }, (_, number) => number),
      time: 1,
    });
  });

  test("tasks that nothing refers to are kept", async () => {
    const body = `
import gc
async def alone(): await loop.create_future()
asyncio.create_task(alone())
await asyncio.sleep(1)
gc.collect()
return len(asyncio.all_tasks())
`;
    expect(await runMain(body)).toEqual({ value: 2, time: 1 });
  });
});
