/** Tests which context callbacks and the exception handler are called in, and that handles and tasks have theirs. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  type EventLoop,
  type Handle,
  Runner,
  run,
  shield,
  sleep,
  type TimerHandle,
} from "wasyncio";
import { collectGarbage, nothing } from "../core/collect.ts";
import { thrownBy, virtualLoop } from "./harness.ts";

const place = new ContextVar("place", { default: "nowhere" });

let loop: EventLoop;
beforeEach(() => {
  loop = virtualLoop();
});
afterEach(() => loop.close());

function contextWith(value: string): Context {
  const context = new Context();
  context.run(() => place.set(value));
  return context;
}

describe("EventLoop.inContext", () => {
  const asked: Record<string, (context: Context, call: (by: string) => void) => Handle> = {
    callSoon: (context, call) => loop.inContext(context).callSoon(call, "arguments"),
    callSoonThreadsafe: (context, call) => loop.inContext(context).callSoonThreadsafe(call, "arguments"),
    callLater: (context, call) => loop.inContext(context).callLater(5, call, "arguments"),
    callAt: (context, call) => loop.inContext(context).callAt(5, call, "arguments"),
  };

  it.each(Object.entries(asked))("%s calls in that very context, which keeps what is set", (_name, ask) => {
    for (const context of [contextWith("set before"), new Context()]) {
      const seen: string[] = [];
      const handle = ask(context, (by) => {
        seen.push(by, place.get());
        place.set("set by the callback");
      });
      context.run(() => place.set("set since"));
      loop.runSync(sleep(10));
      expect([seen, context.get(place)]).toEqual([["arguments", "set since"], "set by the callback"]);
      expect(handle.getContext()).toBe(context);
    }
    expect(place.get()).toBe("nowhere");
  });

  it("gives handles as the loop does: types infer, results are awaited, deadlines told, and cancel cancels", async () => {
    const inContext = loop.inContext(contextWith("here"));
    const sum: Handle<number> = inContext.callSoon((a: number, b: number) => a + b, 1, 2);
    const where: TimerHandle<string> = inContext.callLater(5, () => place.get());
    const never = inContext.callAt(3, () => expect.unreachable());
    expect([where.when(), never.when(), String(never)]).toEqual([5, 3, "<TimerHandle queued anonymous>"]);
    never.cancel();
    const main = async () => [await sum, await where];
    expect(await loop.runUntilComplete(main)).toEqual([3, "here"]);
    expect([where.when(), never.when(), String(never)]).toEqual([5, 3, "<TimerHandle cancelled>"]);
  });

  it("refuses what is no context, and what the loop would refuse", () => {
    expect(thrownBy(() => loop.inContext(5 as never)).code).toBe("ERR_ARGUMENT_TYPE");
    const inContext = loop.inContext(new Context());
    expect(thrownBy(() => inContext.callSoon(5 as never)).code).toBe("ERR_CALLBACK_EXPECTED");
    expect(thrownBy(() => inContext.callLater(Number.NaN, () => {})).code).toBe("ERR_DELAY");
    expect(thrownBy(() => inContext.callAt("1" as never, () => {})).code).toBe("ERR_DELAY");
    loop.setDebug(true);
    expect(thrownBy(() => inContext.callAt(1, nothing)).code).toBe("ERR_CALLBACK_EXPECTED");
    loop.close();
    expect(thrownBy(() => inContext.callSoon(() => {})).code).toBe("ERR_LOOP_CLOSED");
  });
});

describe("Handle.getContext", () => {
  it("is a copy of the context in which the callback was asked for, before, during and after the call", () => {
    const ask = () => [loop.callSoon(note), loop.callLater(5, note), loop.callSoon(() => {})] as const;
    const seen: unknown[] = [];
    const note = () => seen.push(copyContext().get(place));
    const [soon, later, cancelled] = contextWith("asked here").run(ask);
    cancelled.cancel();
    const before = [soon, later, cancelled].map((handle) => handle.getContext());
    loop.runSync(sleep(10));
    expect(seen).toEqual(["asked here", "asked here"]);
    expect(before.map((context) => context.get(place))).toEqual(Array(3).fill("asked here"));
    expect([soon, later, cancelled].map((handle) => handle.getContext())).toEqual(before);
    expect([later.when(), later.cancel(), later.when()]).toEqual([5, undefined, 5]);
    expect(later.getContext()).toBe(before[1]);
  });

  it("of a callback in an empty context is always the same one, in which the callback is called", () => {
    const seen: boolean[] = [];
    const handles: Handle[] = [];
    const set = (name: string) => {
      place.set(name);
      seen.push(handles[0]?.getContext().get(place) === name);
    };
    handles.push(loop.callSoon(set, "asked within"));
    const asked = loop.callLater(1, () => {
      place.set("asked before");
    });
    const context = asked.getContext();
    const after = loop.callSoon(() => {});
    loop.runSync(sleep(5));
    expect(seen).toEqual([true]);
    expect(handles[0]?.getContext().get(place)).toBe("asked within");
    expect([context.get(place), asked.getContext() === context]).toEqual(["asked before", true]);
    expect(after.getContext()).toBe(after.getContext());
    expect([after.getContext().get(place), place.get()]).toEqual([undefined, "nowhere"]);
  });
});

describe("Task.getContext", () => {
  it("asked within a step is the context of that step, in coroutines and async functions", async () => {
    const seen: unknown[] = [];
    const look = (when: string) => {
      const context = currentTask(loop)?.getContext();
      place.set(when);
      seen.push(context?.get(place), place.get());
    };
    await loop.runUntilComplete(
      (function* () {
        look("coroutine");
        yield;
        seen.push(place.get());
      })(),
    );
    await loop.runUntilComplete(async () => {
      look("async function");
      await sleep(1);
      seen.push(place.get());
    });
    const names = (name: string) => Array(3).fill(name);
    expect(seen).toEqual([...names("coroutine"), ...names("async function")]);
  });
});

describe("the exception handler is called in the context", () => {
  let seen: string[];
  beforeEach(() => {
    seen = [];
    loop.setExceptionHandler((_loop, { message }) => {
      seen.push(`${message.replace(/ in callback.*/, "")}: ${place.get()}`);
    });
  });

  function* failAs(name: string): Coroutine<void> {
    place.set(name);
    yield* sleep(1);
    throw new Error(name);
  }

  function fail(): never {
    throw new Error("failed");
  }

  it("of a task that was never asked, collected or held", async () => {
    const held: unknown[] = [];
    loop.runSync(
      (function* () {
        place.set("main");
        createTask(failAs("dropped"));
        held.push(createTask(failAs("held")));
        held.push(createTask(failAs("given"), { context: contextWith("overwritten") }));
        yield* sleep(5);
      })(),
    );
    loop.runSync(nothing());
    await collectGarbage();
    loop.close();
    const message = "Task exception was never retrieved";
    expect(seen).toEqual(["dropped", "held", "given"].map((name) => `${message}: ${name}`));
  });

  it("of a task behind a shield, and at the end of a run", async () => {
    await run(
      function* () {
        place.set("main");
        const inner = createTask(failAs("inner"));
        shield(inner).cancel();
        createTask(
          (function* () {
            place.set("cleaner");
            try {
              yield* sleep(1000);
            } finally {
              fail();
            }
          })(),
        );
        yield* sleep(5);
      },
      { loopFactory: () => loop },
    );
    expect(seen).toEqual([
      "Error exception in shielded future: inner",
      "unhandled exception during run() shutdown: cleaner",
    ]);
  });

  it("of a callback, with what that has set", () => {
    const failing = (name: string) => {
      place.set(name);
      fail();
    };
    loop.callSoon(failing, "soon");
    contextWith("asked").run(() => loop.callLater(1, fail));
    loop.inContext(contextWith("given")).callLater(2, fail);
    loop.runSync(sleep(5));
    expect(seen).toEqual(["soon", "asked", "given"].map((name) => `Exception: ${name}`));
  });

  it("of a done callback, whose future may be a task of another context", () => {
    const ended = () =>
      createTask(
        (function* () {
          place.set("task");
        })(),
      );
    loop.runSync(
      (function* () {
        ended().addDoneCallback(fail);
        place.set("main");
        ended().addDoneCallback(fail);
        ended().addDoneCallback(fail, { context: contextWith("given") });
        yield* sleep(1);
      })(),
    );
    expect(seen).toEqual(["nowhere", "main", "given"].map((name) => `Exception: ${name}`));
  });

  it("of what callExceptionHandler is given: a task, or else a future, or else a handle, or else where it is called", () => {
    const task = loop.createTask(nothing(), { context: contextWith("task") });
    const future = loop.createFuture<void>();
    const handle = loop.inContext(contextWith("handle")).callSoon(() => {});
    contextWith("here").run(() => {
      loop.callExceptionHandler({ message: "task", task, future, handle });
      loop.callExceptionHandler({ message: "task as future", future: task, handle });
      loop.callExceptionHandler({ message: "future", future, handle });
      loop.callExceptionHandler({ message: "handle", handle });
      loop.callExceptionHandler({ message: "nothing" });
      expect(place.get()).toBe("here");
    });
    expect(seen).toEqual([
      "task: task",
      "task as future: task",
      "future: here",
      "handle: handle",
      "nothing: here",
    ]);
    loop.runSync(task);
  });

  it("and what it sets stays there", async () => {
    loop.setExceptionHandler(() => {
      place.set("handler");
    });
    const context = contextWith("before");
    const runner = new Runner({ loopFactory: () => loop });
    runner.runSync(
      function* () {
        loop.inContext(context).callSoon(fail);
        yield* sleep(1);
        expect(place.get()).toBe("nowhere");
      },
      { context: new Context() },
    );
    expect([context.get(place), place.get()]).toEqual(["handler", "nowhere"]);
    runner.closeSync();
  });
});
