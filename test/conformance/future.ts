// Items 19 to 26: futures and their callbacks.

import {
  Context,
  ContextVar,
  type Coroutine,
  createTask,
  type Future,
  run as runProgram,
  shield,
  sleep,
  wait,
} from "wasyncio";
import { ValueError } from "./errors.ts";
import { absent, collectGarbage, type Item, type ItemRun, item } from "./harness.ts";

export const future: readonly Item[] = [
  item(
    19,
    "done callbacks are called by the loop, even when the future is done already",
    function* (run): Coroutine<void> {
      const future = run.loop.createFuture<number>();
      future.addDoneCallback(() => run.record("callback of the pending future"));
      future.setResult(1);
      future.addDoneCallback(() => run.record("callback of the done future"));
      run.record("both added");
      yield* sleep(0);
    },
  ),

  item(20, "a callback added twice is called twice, and removed as often", function* (run): Coroutine<void> {
    const callback = (): void => run.record("called");
    const future = run.loop.createFuture<void>();
    future.addDoneCallback(callback);
    future.addDoneCallback(callback);
    run.record("removed", future.removeDoneCallback(callback));
    future.addDoneCallback(callback);
    future.addDoneCallback(callback);
    future.setResult();
    yield* sleep(0);
    run.record("removed afterwards", future.removeDoneCallback(callback));
  }),

  item(21, "a callback that fails does not stop the others", function* (run): Coroutine<void> {
    run.recordUnhandled();
    const future = run.loop.createFuture<void>();
    future.addDoneCallback(() => {
      throw new ValueError("no");
    });
    future.addDoneCallback(() => run.record("second"));
    future.setResult();
    yield* sleep(0);
  }),

  item(22, "a callback sees the context in which it was added", function* (run): Coroutine<void> {
    const variable = new ContextVar("variable", { default: "default" });
    const future = run.loop.createFuture<void>();
    variable.set("when added");
    future.addDoneCallback(() => run.record("callback sees", variable.get()));
    variable.set("when done");
    future.setResult();
    yield* sleep(0);
  }),

  item(22, "a callback can be given a context, and its handle has it", function* (run): Coroutine<void> {
    const variable = new ContextVar("variable", { default: "default" });
    const callback = (name: string): void => {
      run.record(name, variable.get());
      variable.set(`set by ${name}`);
    };
    variable.set("where it is asked for");
    const context = new Context();
    context.run(() => variable.set("given"));
    const inContext = run.loop.inContext(context);
    const handles = [
      inContext.callSoon(callback, "call_soon"),
      inContext.callLater(1, callback, "call_later"),
      inContext.callAt(2, callback, "call_at"),
    ];
    const copied = run.loop.callSoon(callback, "in a copy");
    variable.set("since then");
    const theyTell = () => handles.map((handle) => handle.getContext() === context);
    run.record("the handle says", theyTell());
    run.record("the copy has", copied.getContext().get(variable));
    yield* sleep(5);
    run.record("the handle says", theyTell());
    run.record("the given one has", context.get(variable));
    run.record("the copy has", copied.getContext().get(variable));
    run.record("here it is", variable.get());
  }),

  item(22, "the exception handler is called in the context of what failed", function* (run): Coroutine<void> {
    const variable = new ContextVar("variable", { default: "default" });
    const fail = (): never => {
      variable.set(`${variable.get()}, then failed`);
      throw new ValueError("no");
    };
    function* work(): Coroutine<void> {
      variable.set("task");
      yield* sleep(1);
      fail();
    }
    const contextWith = (value: string): Context => {
      const context = new Context();
      context.run(() => variable.set(value));
      return context;
    };
    const { loop } = run;
    loop.setExceptionHandler(() => run.record("handler sees", variable.get()));
    variable.set("main");
    loop.callSoon(fail);
    loop.inContext(contextWith("given")).callSoon(fail);
    yield* sleep(0);
    const task = createTask(work());
    task.addDoneCallback(fail);
    shield(task).cancel();
    yield* sleep(5);
    const future = loop.createFuture<void>();
    const handle = loop.inContext(contextWith("handle")).callSoon(() => {});
    for (const told of [{ task, handle }, { future: task }, { future }, { handle }, {}]) {
      loop.callExceptionHandler({ message: "told", ...told });
    }
    run.record("main sees", variable.get());
  }),

  item(23, "a future is settled once", function* (run): Coroutine<void> {
    const future = run.loop.createFuture<string>();
    run.attempt("result too early", () => future.result());
    run.attempt("exception too early", () => future.exception());
    future.setResult("first");
    run.attempt("set_result", () => future.setResult("second"));
    run.attempt("set_exception", () => future.setException(new ValueError("second")));
    run.record("cancel", future.cancel());
    run.attempt("result", () => future.result());
  }),

  item(23, "an invalid exception is refused, and so is a late one", function* (run): Coroutine<void> {
    const future = run.loop.createFuture<number>();
    yield* run.refused("a number", () => future.setException(5));
    yield* run.refused("nothing", () => future.setException(null));
    yield* run.refused("an invalid class", () => future.setException(Map));
    run.record("done", future.done());
    future.setException(ValueError);
    yield* run.refused("late", () => future.setException(5));
    yield* run.refused("await", () => future);
  }),

  item(23, "what is to be awaited is not iterated over", function* (run): Coroutine<void> {
    const future = run.loop.createFuture<number>();
    yield* run.refused("pending", () => Array.from(future as unknown as Iterable<unknown>));
    future.setResult(5);
    yield* run.attemptAwait("await", future);
  }),

  item(23, "the message of the first cancel stays", function* (run): Coroutine<void> {
    const future = run.loop.createFuture<number>();
    run.record("first", future.cancel("first"));
    run.record("second", future.cancel("second"));
    run.attempt("set_result", () => future.setResult(1));
    yield* run.attemptAwait("await", future);
    yield* run.attemptAwait("await again", future);
  }),

  absent(
    24,
    "StopIteration cannot be set as an exception",
    "a JavaScript generator ends without an exception",
    {
      cpython: [
        [
          0,
          "result",
          "raises RuntimeError: StopIteration interacts badly with generators and cannot be raised into a Future",
        ],
      ],
    },
  ),

  item(25, "an exception that is never retrieved is reported when the future is collected", async (run) => {
    const reports: string[] = [];
    run.loop.setExceptionHandler((_loop, { message, exception }) => {
      reports.push(`${message}: ${(exception as Error).message}`);
    });
    await forget(run, "left alone", () => {});
    await forget(run, "asked for its exception", (future) => future.exception());
    await forget(run, "waited for by wait", (future) => run.loop.runUntilComplete(wait([future])));
    await forget(run, "cancelled afterwards", (future) => future.cancel());
    await collectGarbage();
    run.record("reported", reports.sort());
  }),

  item(25, "what was never retrieved is reported by the end of the run", async (run) => {
    run.recordUnhandled();
    function* main(): Coroutine<void> {
      const future = run.loop.createFuture<void>();
      future.setException(new ValueError("lost"));
      yield* sleep(1);
      run.record("main ends", future.done());
    }
    await runProgram(main, { loopFactory: () => run.loop });
    run.record("loop closed", run.loop.isClosed());
  }),

  item(
    26,
    "from set_result to the resumption of who waits it is one iteration",
    function* (run): Coroutine<void> {
      const future = run.loop.createFuture<void>();
      createTask(
        (function* () {
          yield* future;
          run.record("resumed");
        })(),
      );
      yield* sleep(1);
      run.loop.callSoon(() => future.setResult());
      run.countIterations(3);
      yield* sleep(1);
    },
  ),
];

async function forget(run: ItemRun, how: string, retrieve: (future: Future<void>) => unknown): Promise<void> {
  const future = run.loop.createFuture<void>();
  future.setException(new ValueError(how));
  await retrieve(future);
}
