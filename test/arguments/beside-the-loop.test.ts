/**
 * Invalid arguments of what the tables cannot have: `wasyncio/executors/bullmq`, which connects to Redis with whatever is taken, and
 * `wasyncio/executors/worker`, which knows no loop and has errors of its own.
 */
import { afterAll, describe, expect, it } from "vitest";
import { ArgumentError } from "wasyncio";
import { QueueExecutor, type QueueExecutorOptions, runWorker } from "wasyncio/executors/bullmq";
import { connect, expose, transfer } from "wasyncio/executors/worker";
import { LABELS, type Label, make, OF_A_LOOP, STRINGS } from "./values.ts";

const REFUSED = "redis://127.0.0.1:9";
const WHOLE: readonly Label[] = ["1", "2**53"];
const DELAYS: readonly Label[] = ["0", "1", "-1", "1.5", "Infinity", "-Infinity", "2**53"];
/** Left out. */
const NONE: readonly Label[] = ["undefined"];

/** What else each option takes. */
const OF_EXECUTOR: Readonly<Record<keyof QueueExecutorOptions, readonly Label[]>> = {
  queue: STRINGS,
  redis: [],
  attempts: [...WHOLE, ...NONE],
  backoffMs: [...DELAYS, ...NONE],
  timeoutMs: [...DELAYS, ...NONE, "null"],
  priority: ["0", ...WHOLE, ...NONE],
  resultTtlMs: [...DELAYS, ...NONE],
  unreachableAfterMs: [...DELAYS, ...NONE],
};
const OF_WORKER: Readonly<Record<string, readonly Label[]>> = {
  // Loaded, and found not to be there.
  module: [],
  queue: STRINGS,
  redis: [],
  concurrency: [...WHOLE, ...NONE],
  lockMs: [...DELAYS, ...NONE],
  maxLosses: [...WHOLE, ...NONE],
  unreachableAfterMs: [...DELAYS, ...NONE],
};

const wrongFor = (taken: readonly Label[]) =>
  LABELS.filter((label) => !taken.includes(label) && !OF_A_LOOP.includes(label));

async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("new QueueExecutor", () => {
  const made: QueueExecutor[] = [];
  afterAll(() => {
    for (const each of made) each.shutdown({ wait: false });
  });

  it.each(Object.entries(OF_EXECUTOR))("refuses a wrong %s", async (option, taken) => {
    for (const label of wrongFor(taken)) {
      const options = { queue: "queue", redis: REFUSED, [option]: make(label) };
      const error = await thrownBy(() => made.push(new QueueExecutor(options)));
      expect(error, label).toBeInstanceOf(ArgumentError);
    }
  });

  it.each(LABELS.filter((label) => !OF_A_LOOP.includes(label)))("refuses %s for options", async (label) => {
    const error = await thrownBy(() => made.push(new QueueExecutor(make(label) as never)));
    expect(error).toBeInstanceOf(ArgumentError);
  });
});

describe("runWorker", () => {
  it.each(Object.entries(OF_WORKER))("refuses a wrong %s", async (option, taken) => {
    for (const label of wrongFor(taken)) {
      const module = "data:text/javascript,export const f = () => 1";
      const options = { module, queue: "queue", redis: REFUSED, [option]: make(label) };
      expect(await thrownBy(() => runWorker(options)), label).toBeInstanceOf(ArgumentError);
    }
  });
});

describe("wasyncio/executors/worker", () => {
  const refuses = async (
    call: (wrong: never) => unknown,
    taken: readonly Label[],
    codes: readonly string[],
  ) => {
    for (const label of wrongFor(taken)) {
      const error = (await thrownBy(() => call(make(label) as never))) as { code?: unknown } | undefined;
      expect(codes, label).toContain(error?.code);
    }
  };
  const objects = wrongFor([]).filter((label) => typeof make(label) === "object" && make(label) !== null);

  it("connect takes handles alone", () => refuses(connect, [], ["ERR_ARGUMENT_TYPE"]));
  it("expose takes objects, in workers", () => refuses(expose, [], ["ERR_ARGUMENT_TYPE", "ERR_NO_WORKER"]));
  it("transfer takes objects", () => refuses((wrong) => transfer(wrong, []), objects, ["ERR_ARGUMENT_TYPE"]));
  it("transfer takes lists of objects to move", () =>
    refuses((wrong) => transfer({}, wrong), ["[]"], ["ERR_ARGUMENT_TYPE"]));
});
