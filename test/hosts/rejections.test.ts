/**
 * What becomes of async functions that are not awaited, in processes of Node, Deno and Bun: what the loop has thrown into them
 * when their task was over is no unhandled rejection, and all others are what they are without us.
 */
import { describe, expect, test } from "vitest";
import { bun, type CommandDriver, deno } from "../../hosts/process.ts";
import { COMMANDS, ENDED_WELL, outcomeOf, type SignalledOutcome } from "./signalled.ts";

const MODES = ["throw", "strict", "warn", "none", "warn-with-error-code"] as const;
type Mode = (typeof MODES)[number];

/** Bun acts before it asks anyone in these: nothing can be kept from it. */
const isOutOfReach = (driver: CommandDriver, mode: Mode | undefined) =>
  driver === bun && (mode === "strict" || mode === "warn");
/** So does Node in this one, but all that it does is to warn. */
const warnsAlways = (mode: Mode | undefined) => mode === "warn";
const modesOf = (driver: CommandDriver) => (driver === deno ? [] : MODES);

const PREAMBLE = `
  import { EventEmitter } from "node:events";
  import { timeout } from "wasyncio";
  /** An async function that is mostly not awaited. */
  async function helper(name) {
    try {
      await sleep(HOUR_MS);
    } finally {
      say(name);
    }
  }
  const hostSleep = (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs));
`;

function run(driver: CommandDriver, program: string, mode?: Mode, ...args: string[]) {
  const flags = mode === undefined ? args : [...args, `--unhandled-rejections=${mode}`];
  return outcomeOf(driver, PREAMBLE + program, flags.length === 0 ? undefined : flags);
}

/** What leaves behind a function that is not awaited, each with what it prints. */
const LEFT_BEHIND: readonly (readonly [name: string, program: string, lines: readonly string[]])[] = [
  [
    "a generator's task",
    `await tell(run(function* () { helper("left"); yield* sleep(1); return "result"; }));`,
    ["left", "run gave result"],
  ],
  [
    "an async function's task",
    `await tell(run(async () => { helper("left"); await sleep(1); return "result"; }));`,
    ["left", "run gave result"],
  ],
  [
    "a task that is cancelled where it waits for something else",
    `await tell(run(async () => {
      const task = createTask(async () => {
        const helped = helper("left");
        await sleep(HOUR_MS);
        await helped;
      });
      await sleep(1);
      task.cancel();
      await tell(task, "task");
    }));`,
    ["left", "task threw CancelledError false", "run gave undefined"],
  ],
  [
    "a deadline",
    `await tell(run(() => timeout(1, async () => {
      const helped = [helper("left"), helper("left")];
      await sleep(HOUR_MS);
      for (const each of helped) await each;
    })));`,
    ["left", "left", "run threw TimeoutError false"],
  ],
  [
    "a listener of somebody else's",
    `const emitter = new EventEmitter();
    emitter.on("event", () => helper("left"));
    await tell(run(async () => { setTimeout(() => emitter.emit("event"), 1); await sleep(20); return "result"; }));`,
    ["left", "run gave result"],
  ],
  [
    "a run that is over when the function comes back",
    `let over;
    const left = async () => {
      await over;
      try { await sleep(HOUR_MS); } catch (error) { say(error.code); throw error; }
    };
    over = tell(run(async () => { left(); await sleep(1); return "result"; })).then(() => hostSleep(1));
    await over;`,
    ["run gave result", "ERR_OWNER_ENDED"],
  ],
];

/** So that there is time for a rejection to be reported. */
const END = `await hostSleep(5); say("end");`;

/** Rejections that are the program's own, each in a process that it may end. */
const OTHERS: Readonly<Record<string, string>> = {
  "an error": `Promise.reject(new RangeError("other"));`,
  "no error": `Promise.reject("other");`,
  "a CancelledError of the program's own": `Promise.reject(new CancelledError("other"));`,
  "an error, with a listener": `
    process.on("unhandledRejection", (reason) => say("listener", reason.name));
    Promise.reject(new RangeError("other"));`,
  "an error, with a listener for exceptions": `
    process.on("uncaughtException", (reason, origin) => say("listener", reason.name, origin));
    Promise.reject(new RangeError("other"));`,
  "an exception": `setTimeout(() => { throw new RangeError("other"); });`,
};

/** Cuts something off first, or nothing, and ends as a rejection has it end. */
const other = (cutsOff: boolean, rejects: string) => `
  const cutsOff = ${cutsOff ? 1 : 0};
  if (cutsOff) await run(async () => { helper("left"); await sleep(1); });
  else await run(async () => { say("left"); await sleep(1); });
  setTimeout(() => say("a timer"), 100);
  const rejects = () => { ${rejects} };
  await hostSleep(1);
  rejects();
  await hostSleep(300);
  say("end", process.exitCode);`;

/** Without what is different each time. */
function comparable({ code, lines, stderr, timedOut }: SignalledOutcome) {
  const text = stderr
    .replaceAll(/\(node:\d+\)/g, "(node)")
    .replaceAll(/[^/ ]*\d+\.mjs/g, "FILE")
    .replaceAll(/rejection id: \d+/g, "rejection id")
    .replaceAll(/const cutsOff = \d/g, "");
  return { code, lines, stderr: text, timedOut };
}

for (const driver of COMMANDS) {
  describe.skipIf(driver.path === undefined)(driver.name, () => {
    describe.each([undefined, ...modesOf(driver)].map((mode) => ({ mode, label: mode ?? "by default" })))(
      "in the mode $label",
      ({ mode }) => {
        test.skipIf(isOutOfReach(driver, mode))(
          "what the loop has thrown into functions that nobody awaits is not reported",
          async () => {
            const programs = LEFT_BEHIND.map(([name, program]) => `say("${name}"); { ${program} }`);
            const outcome = await run(driver, programs.join("\n") + END, mode);
            const stderr = warnsAlways(mode) ? expect.stringContaining("CancelledError") : "";
            expect(outcome).toMatchObject({ ...ENDED_WELL, stderr });
            const lines = LEFT_BEHIND.flatMap(([name, , printed]) => [name, ...printed]);
            expect(outcome.lines).toEqual([...lines, "end"]);
          },
        );

        const kinds = mode === undefined ? Object.keys(OTHERS) : ["an error"];
        test.skipIf(isOutOfReach(driver, mode)).each(kinds)(
          "a program's own rejection does what it would without us: %s",
          async (kind) => {
            const rejects = OTHERS[kind] as string;
            const [with_, without] = await Promise.all([
              run(driver, other(true, rejects), mode),
              run(driver, other(false, rejects), mode),
            ]);
            const expected = comparable(without);
            const stderr = warnsAlways(mode) ? expect.stringContaining("RangeError: other") : expected.stderr;
            expect(comparable(with_)).toEqual({ ...expected, stderr });
            expect(with_.timedOut).toBe(false);
          },
        );
      },
    );

    test("what such a function throws by itself while it is cleaned up is reported", async () => {
      const outcome = await run(
        driver,
        `const left = async () => {
          try {
            await sleep(HOUR_MS);
          } finally {
            throw new RangeError("not cleaned up");
          }
        };
        await tell(run(async () => { left(); await sleep(1); }));
        await hostSleep(300);`,
      );
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain("RangeError");
      expect(outcome.stderr).toContain("not cleaned up");
    });

    test("a run that was cancelled and is not awaited is reported", async () => {
      const outcome = await run(
        driver,
        `run(async () => { currentTask().cancel(); await sleep(HOUR_MS); }); await hostSleep(300);`,
      );
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain("CancelledError");
    });

    test("a task that ends with what another one's end has cut off has failed, and its run is reported", async () => {
      const outcome = await run(
        driver,
        `run(async () => {
          let shared;
          await createTask(async () => { shared = helper("left"); await sleep(1); }, { name: "the first" });
          await shared;
        });
        await hostSleep(300);`,
      );
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toContain("the task 'the first' has ended");
    });

    // Bun knows but listeners, and calls them all.
    test.skipIf(driver === bun)("listeners of the program's own are not told of it", async () => {
      const outcome = await run(
        driver,
        `const told = (reason) => say("listener", reason.name);
        await run(async () => { helper("left"); await sleep(1); });
        for (const event of ["unhandledRejection", "uncaughtException"]) process.on(event, told);
        await run(async () => { helper("left"); await sleep(1); });
        Promise.reject(new RangeError());
        ${END}`,
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["left", "left", "listener RangeError", "end"] });
    });

    test("one that is handled later on is no matter either", async () => {
      const outcome = await run(
        driver,
        `let left;
        await run(async () => { left = helper("left"); await sleep(1); });
        await hostSleep(1);
        await left.catch((error) => say(error.code));
        ${END}`,
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["left", "ERR_OWNER_ENDED", "end"] });
    });

    test("a program that leaves nothing behind finds its process as it was", async () => {
      const outcome = await run(
        driver,
        `const state = () => [
          process.listenerCount("unhandledRejection"), process.listenerCount("uncaughtException"), Object.hasOwn(process, "emit"),
        ].join();
        const before = state();
        await run(async () => {
          const task = createTask(function* () { yield* sleep(HOUR_MS); }());
          await Promise.all([sleep(1), createTask(async () => await sleep(2))]);
          task.cancel();
          await sleep(2);
        });
        say(state() === before);`,
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["true"] });
    });

    test.skipIf(driver === deno)("when the last such error is gone, the process is as it was", async () => {
      const outcome = await run(
        driver,
        `const { emit } = process;
        const collect = globalThis.gc ?? (() => Bun.gc(true));
        const state = () => [process.emit === emit, process.listenerCount("unhandledRejection")].join();
        const before = state();
        for (let i = 0; i < 2; i++) {
          await run(async () => { helper("left"); await sleep(1); });
          say(state() === before);
          while (state() !== before) { collect(); await hostSleep(5); }
        }
        say(Object.hasOwn(process, "emit"));`,
        undefined,
        ...(driver === bun ? [] : ["--expose-gc"]),
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["left", "false", "left", "false", "false"] });
    });
  });
}
