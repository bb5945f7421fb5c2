/** Handlers of signals on the loop, and real signals to processes of Node, Deno and Bun. */
import { describe, expect, test } from "vitest";
import { bun, thisNode } from "../../hosts/process.ts";
import { COMMANDS, ENDED_WELL, outcomeOf } from "./signalled.ts";

for (const driver of COMMANDS) {
  describe.skipIf(driver.path === undefined)(driver.name, () => {
    test("addSignalHandler calls back on the loop, each time, with its arguments and in its context; the last handler counts", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        const variable = new ContextVar("variable", { default: "none" });
        await tell(run(function* () {
          const loop = getRunningLoop();
          let heard = loop.createFuture();
          loop.addSignalHandler("SIGUSR2", () => say("replaced"));
          variable.set("its own");
          loop.addSignalHandler("SIGUSR2", (...words) => {
            say(...words, getRunningLoop() === loop, currentTask(), variable.get());
            heard.setResult();
          }, "heard", 1);
          variable.set("another");
          for (let i = 0; i < 2; i++) {
            ask("SIGUSR2");
            yield* heard;
            heard = loop.createFuture();
          }
          say(loop.removeSignalHandler("SIGUSR2"), loop.removeSignalHandler("SIGUSR2"), process.listenerCount("SIGUSR2"));
        }));`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: [
          "heard 1 true null its own",
          "heard 1 true null its own",
          "true false 0",
          "run gave undefined",
        ],
      });
    });

    test("addSignalHandler of SIGINT takes the place of what run does with it", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        await tell(run(function* () {
          const loop = getRunningLoop();
          const heard = loop.createFuture();
          loop.addSignalHandler("SIGINT", () => heard.setResult("heard"));
          ask("SIGINT");
          return yield* heard;
        }));
        say("listeners", listeners());`,
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["run gave heard", "listeners 0"] });
    });

    test("a handler that throws is reported, and the loop goes on; a KeyboardInterrupt ends the run", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        await tell(run(function* () {
          const loop = getRunningLoop();
          const told = loop.createFuture();
          loop.setExceptionHandler((_loop, { message, exception }) => told.setResult(message + ": " + exception.message));
          loop.addSignalHandler("SIGTERM", function onTerm() { throw new RangeError("bad"); });
          ask("SIGTERM");
          say(yield* told);
          loop.addSignalHandler("SIGTERM", () => { throw new KeyboardInterrupt(); });
          ask("SIGTERM");
          yield* sleep(HOUR_MS);
        }));`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: ["Exception in callback onTerm: bad", "run threw KeyboardInterrupt true"],
      });
    });

    test("closing the loop removes its handlers, and those of other loops stay", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        const count = () => process.listenerCount("SIGTERM") + process.listenerCount("SIGHUP");
        const loops = [newEventLoop(), newEventLoop()];
        for (const loop of loops) {
          loop.addSignalHandler("SIGTERM", () => {});
          loop.addSignalHandler("SIGHUP", () => {});
        }
        say(count());
        loops[0].close();
        say(count(), loops[0].removeSignalHandler("SIGHUP"));
        loops[1].close();
        say(count());
        try {
          loops[1].addSignalHandler("SIGHUP", () => {});
        } catch (error) {
          say(error.code);
        }`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: ["4", "2 false", "0", "ERR_LOOP_CLOSED"],
      });
    });

    test("a handler does not hold the process", async () => {
      const outcome = await outcomeOf(
        driver,
        `newEventLoop().addSignalHandler("SIGTERM", () => {}); say("over");`,
      );
      expect(outcome).toMatchObject({ ...ENDED_WELL, lines: ["over"] });
    });

    test("what cannot be caught, and what is no signal or function, is an ArgumentError", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        const loop = newEventLoop();
        const tried = [
          ["SIGKILL", () => {}], ["SIGSTOP", () => {}], ["SIGNONE", () => {}], ["exit", () => {}], ["toString", () => {}],
          [15, () => {}], [undefined, () => {}], ["SIGTERM", 5], ["SIGTERM"], ["SIGTERM", function* () {}],
          ["SIGTERM", async () => {}],
        ];
        const attempt = (call) => {
          try {
            call();
            say("silent");
          } catch (error) {
            say(error.name, error.code);
          }
        };
        for (const [signal, callback] of tried) attempt(() => loop.addSignalHandler(signal, callback));
        for (const signal of ["SIGKILL", "SIGNONE", 15]) attempt(() => loop.removeSignalHandler(signal));
        for (const event of ["SIGKILL", "SIGNONE", "15", "SIGTERM"]) say(process.listenerCount(event));`,
      );
      expect(outcome).toMatchObject({
        ...ENDED_WELL,
        lines: [
          ...Array(5).fill("ArgumentError ERR_ARGUMENT_VALUE"),
          ...Array(2).fill("ArgumentError ERR_ARGUMENT_TYPE"),
          ...Array(4).fill("ArgumentError ERR_CALLBACK_EXPECTED"),
          ...Array(2).fill("ArgumentError ERR_ARGUMENT_VALUE"),
          "ArgumentError ERR_ARGUMENT_TYPE",
          ...Array(4).fill("0"),
        ],
      });
    });
  });
}

describe.each([thisNode, bun].filter(({ path }) => path !== undefined))("a worker of $name", (driver) => {
  test("runs programs, and gets no signals: addSignalHandler is a NotSupportedError", async () => {
    const outcome = await outcomeOf(
      driver,
      `
      import { isMainThread, Worker } from "node:worker_threads";
      import { fileURLToPath } from "node:url";
      if (isMainThread) {
        new Worker(fileURLToPath(import.meta.url));
      } else {
        await tell(run(function* () {
          yield* sleep(1);
          try {
            getRunningLoop().addSignalHandler("SIGTERM", () => {});
          } catch (error) {
            return error.name + " " + error.code + " " + error.message;
          }
        }));
      }`,
    );
    expect(outcome).toMatchObject(ENDED_WELL);
    expect(outcome.lines).toEqual([
      expect.stringMatching(/^run gave NotSupportedError ERR_HOST_UNSUPPORTED .*in a worker.*main thread/),
    ]);
  });
});
