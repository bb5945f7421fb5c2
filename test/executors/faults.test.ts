/** Tests executors under faults: memory that runs out, many calls of which many fail, and what is left afterwards. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { gather, getRunningLoop, run, sleep, timeout } from "wasyncio";
import { BrokenExecutorError, fromWorker, ProcessPoolExecutor, ThreadPoolExecutor } from "wasyncio/executors";
import { Random, seeds } from "../random.ts";
import { errorOf, tasks, thrownBy } from "./trial.ts";

/** The package as it is built, for workers that use it themselves. */
const installed = new URL("../../dist/src/entry/executors.node.js", import.meta.url).href;

/** Threads of this process, and processes that it has started. */
function left(): { threads: number; children: number } {
  const children = execFileSync("ps", ["--no-headers", "-o", "comm", "--ppid", String(process.pid)], {
    encoding: "utf8",
  });
  return {
    threads: readdirSync("/proc/self/task").length,
    // Not the command that has asked.
    children: children.split("\n").filter((each) => each !== "" && each !== "ps").length,
  };
}

async function settled(before: ReturnType<typeof left>): Promise<void> {
  for (;;) {
    const now = left();
    if (now.threads <= before.threads && now.children <= before.children) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe.skipIf(process.platform !== "linux")("what is left", () => {
  const pools = [
    ["ThreadPoolExecutor", ThreadPoolExecutor],
    ["ProcessPoolExecutor", ProcessPoolExecutor],
  ] as const;
  test.each(pools)(
    "%s: no worker after calls that return, throw, die and are cancelled",
    async (_name, Pool) => {
      const seed = seeds().at(-1) as number;
      const random = new Random(seed);
      // What a first worker starts for good, such as the system's thread pool.
      const warm = new Pool({ maxWorkers: 4 });
      await Promise.all([1, 2, 3, 4].map((n) => warm.submit(tasks.inc, n).promise));
      await warm.shutdown();
      await settled({ threads: Number.POSITIVE_INFINITY, children: 0 });
      const before = left();
      const pool = new Pool({ maxWorkers: 4, maxTasksPerChild: 20, cancelRunning: "terminate" });
      const outcomes = new Map<string, number>();
      await run(async () => {
        const loop = getRunningLoop();
        const one = async (): Promise<void> => {
          const kind = random.between(0, 19);
          const call =
            kind === 0
              ? loop.runInExecutor(pool, tasks.exit)
              : kind === 1
                ? loop.runInExecutor(pool, tasks.throwOwn)
                : kind === 2
                  ? loop.runInExecutor(pool, tasks.loopForEver)
                  : loop.runInExecutor(pool, tasks.inc, kind);
          if (kind === 2) loop.callLater(random.between(1, 20), () => call.cancel());
          let outcome = "value";
          try {
            await call;
          } catch (error) {
            outcome = (error as Error).name;
          }
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        };
        await gather(...Array.from({ length: 200 }, () => one));
        await pool.shutdown();
        await sleep(0);
      });
      expect(
        [...outcomes.values()].reduce((all, each) => all + each, 0),
        `seed ${seed}`,
      ).toBe(200);
      await settled(before);
    },
  );
});

test("a process that runs out of memory fails its call, and another takes what waits", async () => {
  const pool = new ProcessPoolExecutor({ maxWorkers: 1, execArgv: ["--max-old-space-size=32"] });
  const [eaten, next] = [pool.submit(tasks.eatMemory), pool.submit(tasks.inc, 1)];
  const broken = await errorOf(eaten);
  expect([broken instanceof BrokenExecutorError, broken.message]).toEqual([
    true,
    expect.stringContaining("ended by SIGABRT"),
  ]);
  expect(await next).toBe(2);
  await pool.shutdown();
});

test("an executor within an executor, in threads and in processes", async () => {
  for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
    const pool = new Pool({ maxWorkers: 1 });
    expect(await pool.submit(tasks.inAnother, installed, 20)).toBe(42);
    await pool.shutdown();
  }
});

test("what is shut down within a call, or by two at once, ends all the same", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await run(async () => {
    const call = pool.submit(tasks.countTo, 3);
    const ends: unknown[] = [];
    for await (const each of call) if (each === 1) ends.push(pool.shutdown(), pool.shutdown({ wait: false }));
    expect(await call).toBe("counted to 3");
    for (const each of ends) await each;
    const late = timeout(20, async () => await pool.shutdown());
    await late;
  });
});

describe("a worker of a program's own", () => {
  const worker = () =>
    new Worker(new URL("./exposing.mjs", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 32 },
    });
  const exposed = fromWorker<{
    inc(n: number): number;
    bytes(): Uint8Array;
    eatMemory(): void;
    no(): void;
  }>();

  test("exposes functions, moves results, and may run out of memory by itself", async () => {
    const executor = new ThreadPoolExecutor({ maxWorkers: 1, worker });
    expect(await executor.submit(exposed.inc, 1)).toBe(2);
    expect((await executor.submit(exposed.bytes)).length).toBe(1000);
    expect((await errorOf(executor.submit(exposed.no))).code).toBe("ERR_EXPORT_UNAVAILABLE");
    const broken = await errorOf(executor.submit(exposed.eatMemory));
    expect(broken).toBeInstanceOf(BrokenExecutorError);
    expect((broken.cause as { code?: unknown }).code).toBe("ERR_WORKER_OUT_OF_MEMORY");
    expect(await executor.submit(exposed.inc, 2)).toBe(3);
    await executor.shutdown();
  });

  test("that is no worker, or whose file is not there, fails the calls with what is wrong", async () => {
    const none = new ThreadPoolExecutor({ worker: () => ({}) });
    expect((await errorOf(none.submit(tasks.inc, 1))).code).toBe("ERR_ARGUMENT_TYPE");
    const missing = new ThreadPoolExecutor({ worker: () => new Worker(new URL("file:///no/such/file.mjs")) });
    const calls = [missing.submit(tasks.inc, 1), missing.submit(tasks.inc, 2)];
    for (const call of calls) expect(await errorOf(call)).toBeInstanceOf(BrokenExecutorError);
    await Promise.all([none.shutdown(), missing.shutdown()]);
  });

  test("expose and connect refuse to be called where they make no sense", async () => {
    const { connect, expose } = await import("wasyncio/executors/worker");
    expect(thrownBy(() => expose(5 as never)).code).toBe("ERR_ARGUMENT_TYPE");
    expect(thrownBy(() => expose({})).code).toBe("ERR_NO_WORKER");
    expect(thrownBy(() => connect({} as never)).code).toBe("ERR_ARGUMENT_TYPE");
  });
});

test("a program that has not imported wasyncio/executors is told to", () => {
  const script = `import { run, toThread } from "wasyncio"; run(async () => await toThread(() => 1)).catch((error) => console.log(error.code, error.message));`;
  const said = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(said).toMatch(/^ERR_EXECUTOR_MISSING .*import wasyncio\/executors/);
});

test("a program that waits for nothing ends, whatever pools it has left open", () => {
  const script = `import { ThreadPoolExecutor, ProcessPoolExecutor } from "wasyncio/executors";
    for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) console.log(await new Pool({ maxWorkers: 1 }).submit((n) => n + 1, 1));`;
  const options = { encoding: "utf8", timeout: 20_000 } as const;
  expect(execFileSync(process.execPath, ["--input-type=module", "--eval", script], options)).toBe("2\n2\n");
});
