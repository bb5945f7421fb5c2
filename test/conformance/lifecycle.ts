// Items 9 to 16: running, stopping, closing, and what happens to errors.

import {
  type Coroutine,
  ensureFuture,
  Future,
  gather,
  KeyboardInterrupt,
  setEventLoop,
  shield,
  sleep,
  Task,
} from "wasyncio";
import { ValueError } from "./errors.ts";
import { type Item, item } from "./harness.ts";

function fail(): never {
  throw new ValueError("no");
}

export const lifecycle: readonly Item[] = [
  item(
    9,
    "stop finishes the batch; called before run_forever it makes one pass that does not wait",
    async (run) => {
      const { loop } = run;
      loop.callLater(50, () => run.record("timer"));
      loop.callSoon(() => {
        run.record("first");
        loop.callSoon(() => run.record("added by first"));
      });
      loop.stop();
      await loop.runForever();
      run.record("ended");
      loop.stop();
      await loop.runForever();
      run.record("ended again");
    },
  ),

  item(10, "stopped in the middle of a task, a later run goes on there", async (run) => {
    const { loop } = run;
    function* work(): Coroutine<string> {
      run.record("before");
      yield* sleep(10);
      run.record("after");
      return "result";
    }
    const task = loop.createTask(work());
    loop.callLater(5, () => loop.stop());
    await loop.runForever();
    run.record("stopped");
    run.record("run again", await loop.runUntilComplete(task));
  }),

  item(11, "run_until_complete of a future that did not finish", async (run) => {
    run.loop.callLater(5, () => run.loop.stop());
    await run.attemptPromise("run", run.loop.runUntilComplete(run.loop.createFuture()));
  }),

  item(
    12,
    "close while running raises; otherwise it drops what is queued, and may be repeated",
    async (run) => {
      const { loop } = run;
      loop.callSoon(() => {
        run.attempt("close while running", () => loop.close());
        loop.callSoon(() => run.record("queued"));
        loop.callLater(0, () => run.record("timer"));
        loop.stop();
      });
      await loop.runForever();
      loop.close();
      loop.close();
      run.record("closed", loop.isClosed());
    },
  ),

  item(12, "a closed loop takes nothing more", async (run) => {
    const { loop } = run;
    loop.close();
    run.attempt("call_soon", () => loop.callSoon(() => {}));
    run.attempt("call_later", () => loop.callLater(1, () => {}));
    run.attempt("create_task", () => loop.createTask(sleep(1)));
    await run.attemptPromise("run_forever", loop.runForever());
  }),

  item(13, "a running loop cannot be run", async (run) => {
    const { loop } = run;
    let attempted: Promise<void> | undefined;
    loop.callSoon(() => {
      attempted = run.attemptPromise("run_forever", loop.runForever());
      loop.stop();
    });
    await loop.runForever();
    await attempted;
  }),

  item(14, "an error in a callback goes to the handler, and the loop goes on", async (run) => {
    run.recordUnhandled();
    run.loop.callSoon(fail);
    run.loop.callSoon(() => run.record("next in the batch"));
    run.loop.callSoon(() => run.loop.stop());
    await run.loop.runForever();
  }),

  item(14, "a handler that fails itself falls back to the default one", async (run) => {
    const reported: string[] = [];
    run.clock.onWritten = (text) => reported.push(text.split("\n")[0] ?? "");
    run.loop.setExceptionHandler(() => {
      throw new Error("handler");
    });
    run.loop.callSoon(fail);
    run.loop.callSoon(() => run.loop.stop());
    await run.loop.runForever();
    run.record("default handler", reported);
  }),

  item(14, "interrupts escape, and the rest stays queued", async (run) => {
    run.recordUnhandled();
    run.loop.callSoon(() => {
      throw new KeyboardInterrupt();
    });
    run.loop.callSoon(() => run.record("queued after"));
    await run.attemptPromise("run", run.loop.runForever());
    run.loop.callSoon(() => run.loop.stop());
    await run.loop.runForever();
  }),

  item(14, "an interrupt of a task ends the run, and the loop can run again", async (run) => {
    const { loop } = run;
    const interrupting = loop.createTask(async () => {
      await sleep(1);
      throw new KeyboardInterrupt();
    });
    const task = loop.createTask(async () => {
      await sleep(5);
      return "main goes on";
    });
    await run.attemptPromise("run", loop.runUntilComplete(task));
    run.attempt("the task that interrupts", () => interrupting.result());
    run.record("main is done", task.done());
    await run.attemptPromise("run again", loop.runUntilComplete(task));
  }),

  item(13, "what is made outside of a run is of the current loop", async (run) => {
    function* work(): Coroutine<string> {
      return "work";
    }
    const made: { [name: string]: () => Future<unknown> } = {
      Future: () => new Future(),
      Task: () => new Task(work()),
      ensure_future: () => ensureFuture(work()),
      shield: () => shield(work()),
      gather: () => gather(work()),
      "gather of nothing": () => gather(),
    };
    setEventLoop(run.loop);
    for (const [name, make] of Object.entries(made)) run.record(name, make().getLoop() === run.loop);
    setEventLoop(null);
    run.loop.callSoon(() => run.loop.stop());
    await run.loop.runForever();
    setEventLoop(null);
  }),

  item(15, "call_soon_threadsafe queues in the same line", async (run) => {
    run.loop.callSoon(() => run.record("first"));
    run.loop.callSoonThreadsafe(() => run.record("second"));
    run.loop.callSoon(() => run.record("third"));
    run.loop.callSoon(() => run.loop.stop());
    await run.loop.runForever();
  }),

  item(16, "debug mode refuses a coroutine function as a callback", function* (run): Coroutine<void> {
    function* work(): Coroutine<void> {}
    run.loop.setDebug(true);
    yield* run.refused("call_soon", () => run.loop.callSoon(work));
  }),

  item(16, "debug mode reports callbacks that take as long as slow_callback_duration", async (run) => {
    run.clock.onWritten = () => run.record("told");
    run.loop.setDebug(true);
    for (const duration of [99, 100, 101]) run.loop.callSoon(() => run.clock.push(duration));
    run.loop.callSoon(() => run.loop.stop());
    await run.loop.runForever();
  }),
];
