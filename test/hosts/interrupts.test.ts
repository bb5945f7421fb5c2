/** Ctrl-C, for real: what SIGINT does to programs under `run` and `Runner` on Node, Deno and Bun. */
import { describe, expect, test } from "vitest";
import { deno } from "../../hosts/process.ts";
import { COMMANDS, ENDED_BY_SIGINT, ENDED_WELL, outcomeOf } from "./signalled.ts";

/** How a main is written. */
const STYLES = [
  { kind: "a generator", fn: "function*", wait: "yield*" },
  { kind: "an async function", fn: "async function", wait: "await" },
] as const;
type Style = (typeof STYLES)[number];

/** A main that asks for Ctrl-C, waits for long, and cleans up with a wait in it. */
const waits = ({ fn, wait }: Style) => `
  ${fn} main() {
    try {
      ask("SIGINT");
      ${wait} sleep(HOUR_MS);
    } finally {
      ${wait} sleep(1);
      say("cleaned up");
    }
  }`;

/** A main that asks for Ctrl-C again and again, and refuses the first cancellations, as many as `REFUSALS`. */
const refuses = ({ fn, wait }: Style) => `
  ${fn} main() {
    for (let i = 1; ; i++) {
      try {
        ask("SIGINT");
        ${wait} sleep(HOUR_MS);
      } catch (error) {
        say("main got", error.name);
        if (i > REFUSALS) throw error;
      }
    }
  }`;

for (const driver of COMMANDS) {
  describe.skipIf(driver.path === undefined)(driver.name, () => {
    describe.each(STYLES)("run of $kind", (style) => {
      const { fn, wait } = style;

      test("the first Ctrl-C cancels main, whose finally runs to its end; run rejects with a KeyboardInterrupt", async () => {
        const outcome = await outcomeOf(
          driver,
          `${waits(style)}
          const running = tell(run(main));
          say("listeners", listeners());
          await running;
          say("listeners", listeners());`,
        );
        expect(outcome).toMatchObject({
          ...ENDED_WELL,
          lines: ["listeners 1", "cleaned up", "run threw KeyboardInterrupt true", "listeners 0"],
        });
      });

      test("the second Ctrl-C ends a run whose main refused the first, after cancelling what is left", async () => {
        const outcome = await outcomeOf(
          driver,
          `
          const REFUSALS = 1;
          ${refuses(style)}
          const left = function* () {
            try {
              yield* sleep(HOUR_MS);
            } finally {
              yield* sleep(1);
              say("left cleaned up");
            }
          };
          await tell(run(${fn} () {
            createTask(left());
            ${wait} main();
          }));
          say("listeners", listeners());`,
        );
        expect(outcome).toMatchObject({
          ...ENDED_WELL,
          lines: [
            "main got CancelledError",
            "main got CancelledError",
            "left cleaned up",
            "run threw KeyboardInterrupt true",
            "listeners 0",
          ],
        });
      });

      test("the third Ctrl-C ends the process, as the signal does by itself", async () => {
        const outcome = await outcomeOf(
          driver,
          `const REFUSALS = Infinity; ${refuses(style)} await tell(run(main));`,
        );
        expect(outcome).toMatchObject({
          ...ENDED_BY_SIGINT,
          lines: ["main got CancelledError", "main got CancelledError"],
        });
      });

      test("a main that swallows the cancellation goes on, and run gives its result", async () => {
        const outcome = await outcomeOf(
          driver,
          `
          await tell(run(${fn} () {
            try {
              ask("SIGINT");
              ${wait} sleep(HOUR_MS);
            } catch {}
            ${wait} sleep(1);
            return "its result";
          }));`,
        );
        expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["run gave its result"] });
      });

      test("a main that fails while it cleans up rejects run with its own error", async () => {
        const outcome = await outcomeOf(
          driver,
          `
          await tell(run(${fn} () {
            try {
              ask("SIGINT");
              ${wait} sleep(HOUR_MS);
            } finally {
              throw new RangeError("not cleaned up");
            }
          }));`,
        );
        expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["run threw RangeError false"] });
      });
    });

    test("a CancelledError stays one without Ctrl-C, and if the cancellation was also requested otherwise", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        await tell(run(function* () { throw new CancelledError(); }), "of its own");
        await tell(run(function* () {
          const task = currentTask();
          getRunningLoop().callLater(1, () => task.cancel());
          yield* sleep(HOUR_MS);
        }), "cancelled");
        await tell(run(function* () {
          const task = currentTask();
          ask("SIGINT");
          try {
            yield* sleep(HOUR_MS);
          } finally {
            task.cancel();
          }
        }), "both");
        await tell(run(function* () {
          ask("SIGINT");
          try {
            yield* sleep(HOUR_MS);
          } catch {
            throw new CancelledError();
          }
        }), "Ctrl-C");`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: [
          "of its own threw CancelledError false",
          "cancelled threw CancelledError false",
          "both threw CancelledError false",
          "Ctrl-C threw KeyboardInterrupt true",
        ],
      });
    });

    test("an uncaught KeyboardInterrupt ends the process with a status that shows it, and is printed", async () => {
      const outcome = await outcomeOf(driver, `${waits(STYLES[1])}\n await run(main);`);
      expect(outcome).toMatchObject({ signal: null, timedOut: false, lines: ["cleaned up"] });
      expect(outcome.code).not.toBe(0);
      expect(outcome.stderr).toContain("the program was interrupted, as by Ctrl-C");
    });

    test("Ctrl-C in the middle of closing ends it: run rejects, and what is left is left", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        const left = function* () {
          try {
            yield* sleep(HOUR_MS);
          } finally {
            ask("SIGINT");
            yield* sleep(HOUR_MS);
          }
        };
        await tell(run(function* () { createTask(left()); yield; }), "first");
        await tell(run(function* () { createTask(left()); ask("SIGINT"); yield* sleep(HOUR_MS); }), "second");
        say("listeners", listeners());`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: ["first threw KeyboardInterrupt true", "second threw KeyboardInterrupt true", "listeners 0"],
      });
    });

    test("a listener of the program's own is not touched, and neither is the program", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        const loop = newEventLoop();
        const heard = loop.createFuture();
        process.once("SIGINT", () => { say("its own"); heard.setResult("heard"); });
        const running = tell(run(function* () {
          ask("SIGINT");
          return yield* heard;
        }, { loopFactory: () => loop }));
        say("listeners", listeners());
        await running;
        say("listeners", listeners());`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: ["listeners 1", "its own", "run gave heard", "listeners 0"],
      });
    });

    test("a listener that main sets takes Ctrl-C over, and is alone when it is called", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        await tell(run(function* () {
          const heard = getRunningLoop().createFuture();
          process.once("SIGINT", () => { say("listeners", listeners()); heard.setResult("heard"); });
          ask("SIGINT");
          return yield* heard;
        }));`,
      );
      // Deno and Node take a listener for once away before they call it.
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["listeners 0", "run gave heard"] });
    });

    test("with several runs each main is cancelled, and the listener stays until the last has ended", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        const waits = (name, cleanUpMs) => function* () {
          try {
            yield* sleep(HOUR_MS);
          } finally {
            yield* sleep(cleanUpMs);
            say(name, "cleaned up");
          }
        };
        const runs = [
          tell(run(waits("a", 1)), "a").then(() => say("listeners", listeners())),
          tell(run(waits("b", 100)), "b"),
          tell(run(function* () { yield* sleep(1); ask("SIGINT"); yield* sleep(HOUR_MS); }), "c"),
        ];
        say("listeners", listeners());
        await Promise.all(runs);
        say("listeners", listeners());`,
      );
      const { lines, ...rest } = outcome;
      expect(rest).toMatchObject(ENDED_WELL);
      expect([lines[0], lines.at(-1)]).toEqual(["listeners 1", "listeners 0"]);
      expect([...lines].sort()).toEqual(
        [
          "a cleaned up",
          "a threw KeyboardInterrupt true",
          "b cleaned up",
          "b threw KeyboardInterrupt true",
          "c threw KeyboardInterrupt true",
          "listeners 0",
          "listeners 1",
          "listeners 1",
        ].sort(),
      );
    });

    test("a Runner handles Ctrl-C for each program separately, and runs the next one after it", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        ${waits(STYLES[0])}
        const runner = new Runner();
        await tell(runner.run(main), "first");
        await tell(runner.run(main), "second");
        await tell(runner.run(sleep(1, "its result")), "third");
        await runner.close();
        say("listeners", listeners());`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: [
          "cleaned up",
          "first threw KeyboardInterrupt true",
          "cleaned up",
          "second threw KeyboardInterrupt true",
          "third gave its result",
          "listeners 0",
        ],
      });
    });

    test("after a run the signal is the system's again", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        await run(sleep(1));
        ask("SIGINT");
        await new Promise((resolve) => setTimeout(resolve, HOUR_MS));`,
      );
      expect(outcome).toMatchObject(ENDED_BY_SIGINT);
    });

    test("requests of wasyncio/edge are no programs: Ctrl-C ends the process while they are served, and while they close", async () => {
      for (const handler of [
        `async () => { ask("SIGINT"); await sleep(HOUR_MS); }`,
        `async () => {
          createTask(async () => { try { await sleep(HOUR_MS); } finally { ask("SIGINT"); await sleep(HOUR_MS); } });
          await sleep(0);
          return new Response();
        }`,
      ]) {
        const outcome = await outcomeOf(
          driver,
          `import { serve } from "wasyncio/edge"; await serve(${handler})(new Request("http://localhost/"));`,
        );
        expect(outcome).toMatchObject(ENDED_BY_SIGINT);
      }
    });

    test("an async function after a promise of another owner is cancelled at its next wait", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        await tell(run(async () => {
          ask("SIGINT");
          await new Promise((resolve) => setTimeout(resolve, 50));
          say("back");
          await sleep(HOUR_MS);
        }));`,
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["back", "run threw KeyboardInterrupt true"] });
    });
  });
}

describe.skipIf(deno.path === undefined)("Deno without permission for anything", () => {
  test("takes Ctrl-C, and handlers", async () => {
    const outcome = await outcomeOf(
      deno,
      `
      ${waits(STYLES[0])}
      await tell(run(main));
      await tell(run(function* () {
        const loop = getRunningLoop();
        const heard = loop.createFuture();
        loop.addSignalHandler("SIGTERM", () => heard.setResult("heard"));
        ask("SIGTERM");
        return yield* heard;
      }));`,
      ["run", "--no-prompt"],
    );
    expect(outcome).toMatchObject({
      ...ENDED_WELL,
      lines: ["cleaned up", "run threw KeyboardInterrupt true", "run gave heard"],
    });
  });
});
