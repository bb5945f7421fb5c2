/**
 * What the installed package makes of tests in other test runners: Node's, Deno's and Bun's take what `virtual` and `explored`
 * return, vitest has `test.virtual` and `test.explore`. A failure says how to repeat it, and what is pasted does.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChildOutcome, runChild } from "../../hosts/child.ts";
import { bun, type CommandDriver, deno, thisNode } from "../../hosts/process.ts";
import { installedFolder } from "./package.ts";

const TIMEOUT_MS = 50_000;
const VITEST = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

interface Runner {
  readonly name: string;
  readonly driver: CommandDriver;
  /** What comes between the command and the file. */
  readonly args: readonly string[];
  /** How a file begins, and tests are written: what is passed, as `virtual` takes it. */
  readonly preamble: string;
}

const GENERIC = `import { virtual, explored } from "wasyncio/testing";`;

const RUNNERS: readonly Runner[] = [
  {
    name: "node --test",
    driver: thisNode,
    args: ["--test"],
    preamble: `import { test } from "node:test"; ${GENERIC}
      const onVirtualClock = (name, body, options) => test(name, virtual((clock, { name }) => body({ clock, name }), options));
      const inManyOrders = (name, body, options) => test(name, explored(body, options));`,
  },
  {
    name: "deno test",
    driver: deno,
    args: ["test", "--no-check", "--no-prompt", "--no-remote"],
    preamble: `${GENERIC}
      const onVirtualClock = (name, body, options) => Deno.test(name, virtual((clock, { name }) => body({ clock, name }), options));
      const inManyOrders = (name, body, options) => Deno.test(name, explored(body, options));`,
  },
  {
    name: "bun test",
    driver: bun,
    args: ["test"],
    preamble: `import { test } from "bun:test"; ${GENERIC}
      const onVirtualClock = (name, body, options) => test(name, virtual((clock) => body({ clock, name }), options));
      const inManyOrders = (name, body, options) => test(name, explored(body, options));`,
  },
  {
    name: "vitest",
    driver: thisNode,
    args: [VITEST, "run", "--allowOnly", "--root", ".", "--config", "none.config.mjs", "--dir"],
    preamble: `import { test } from "wasyncio/testing/vitest";
      const onVirtualClock = (name, body, options) => test.virtual(name, options ?? {}, ({ clock, task }) => body({ clock, name: task.name }));
      const inManyOrders = (name, body, options) => test.explore(name, options ?? {}, body);`,
  },
];

const ASYNCIO = `import { createTask, gather, Lock, sleep } from "wasyncio";
  import { strict as assert } from "node:assert";`;

const PASSING = `
  onVirtualClock("sleeps for an hour", async ({ clock, name }) => {
    await sleep(3_600_000);
    assert.deepEqual([clock.time(), name], [3_600_000, "sleeps for an hour"]);
  });
  inManyOrders("keeps what it promises", function* () {
    let sum = 0;
    yield* gather(createTask(function* () { sum += 1; }), createTask(function* () { sum += 2; }));
    assert.equal(sum, 3);
  });`;

const DEADLOCK = `
  onVirtualClock("comes to a deadlock", async () => {
    const [one, other] = [new Lock(), new Lock()];
    const take = async (first, second) => { await first.acquire(); await sleep(1); await second.acquire(); };
    await gather(createTask(() => take(one, other), { name: "a" }), createTask(() => take(other, one), { name: "b" }));
  }, { deadlockAfterMs: 100 });`;

const racing = (options: string) => `
  inManyOrders("writes in order", function* () {
    const written = [];
    const write = (what) => createTask(function* () { yield* sleep(1); written.push(what); });
    yield* gather(write("first"), write("second"));
    assert.deepEqual(written, ["first", "second"], "out of order");
  }, { seed: 7, ${options} });`;

let folder: string;

beforeAll(() => {
  folder = join(installedFolder(), "runners");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "none.config.mjs"), "export default {};\n");
});

async function outcomeOf(
  { name, driver, args, preamble }: Runner,
  title: string,
  tests: string,
): Promise<ChildOutcome> {
  const own = join(folder, `${name.replaceAll(/\W+/g, "-")}-${title}`);
  mkdirSync(own, { recursive: true });
  const file = join(own, "some.test.mjs");
  writeFileSync(file, [ASYNCIO, preamble, tests].join("\n"));
  const [command, before] = driver.command(args);
  // What this run of vitest has set is not meant for another.
  const env = { NODE_OPTIONS: "", VITEST: "", FORCE_COLOR: "0", NO_COLOR: "1" };
  const target = name === "vitest" ? own : file;
  return await runChild(command, [...before, target], { cwd: folder, timeoutMs: TIMEOUT_MS, env });
}

/** All that it has printed, as one line without the runner's indentation. */
function textOf({ stdout, stderr }: ChildOutcome): string {
  return `${stdout}\n${stderr}`.replaceAll(/\s+/g, " ");
}

for (const runner of RUNNERS) {
  describe.skipIf(runner.driver.path === undefined)(runner.name, () => {
    test("passes tests on a virtual clock and explored ones", async () => {
      const outcome = await outcomeOf(runner, "passing", PASSING);
      expect(outcome, textOf(outcome)).toMatchObject({ code: 0, timedOut: false });
    });

    test("fails at a deadlock, with who waits for what", async () => {
      const outcome = await outcomeOf(runner, "deadlock", DEADLOCK);
      expect(outcome.code).not.toBe(0);
      expect(textOf(outcome)).toMatch(/'([ab])' waits for '[ab]', which waits for '\1'/);
    });

    test("fails at what exploring finds, with the seed and what to paste, which repeats it", async () => {
      const outcome = await outcomeOf(runner, "racing", racing("runs: 100"));
      expect(outcome.code).not.toBe(0);
      const text = textOf(outcome);
      expect(text).toContain("of seed 7 failed");
      const pasted = /replay: "[\w.-]+"/.exec(text)?.[0];
      expect(pasted, text).toBeDefined();
      const again = await outcomeOf(runner, "pasted", racing(pasted as string));
      expect(again.code).not.toBe(0);
      expect(textOf(again)).toContain("out of order");
      expect(textOf(again)).not.toContain("of seed 7 failed");
    });
  });
}

const CHOSEN = `
  test.virtual.skip("skipped", () => { throw new Error("it was run"); });
  test.virtual.skipIf(true)("skipped too", () => { throw new Error("it was run"); });
  test.virtual.todo("to do");
  test.virtual.fails("expected to fail", { deadlockAfterMs: 0 }, () => new Lock().acquire().then(() => { throw new Error("on purpose"); }));
  test.explore.fails("found and expected", { runs: 50 }, async ({ random }) => { if (random.below(2) === 0) throw new Error("on purpose"); });
  test.virtual.concurrent("at the same time", async ({ clock }) => { await sleep(5); assert.equal(clock.time(), 5); });
  test("an ordinary one", () => {});`;

const ONLY = `
  test.explore.only("the only one", { runs: 3 }, async () => { await sleep(1); });
  test.virtual("another", () => { throw new Error("it was run"); });
  test("an ordinary one", () => { throw new Error("it was run"); });`;

describe("vitest", () => {
  const vitest = RUNNERS.find(({ name }) => name === "vitest") as Runner;

  test("chooses among these tests as among its own", async () => {
    const outcome = await outcomeOf(vitest, "chosen", CHOSEN);
    expect(textOf(outcome)).toContain("Tests 2 passed | 2 expected fail | 2 skipped | 1 todo (7)");
    expect(outcome.code).toBe(0);
    const only = await outcomeOf(vitest, "only", ONLY);
    expect(textOf(only)).toContain("Tests 1 passed | 2 skipped (3)");
    expect(only.code).toBe(0);
  });
});
