/**
 * Owns what context variables have to do on every host, whether or not it has storage that follows promises: the cases, run
 * by one test file for each kind of host, since the storage is set up once for a whole program (items 22 and 36).
 */
import { describe, expect, it } from "vitest";
import {
  bind,
  Context,
  ContextVar,
  type Coroutine,
  copyContext,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  type Host,
  Lock,
  run,
  runSync,
  sleep,
  type Task,
  TaskGroup,
  timeout,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { outcomeOfCall } from "../sync/trial.ts";

const NO_VALUE = "LoopError ERR_ARGUMENT_VALUE";
const WRONG_TOKEN = NO_VALUE;

export function contextCases(makeHost: () => Host): void {
  const simulate = <T>(main: () => Coroutine<T>) =>
    runSync(main, { clock: new VirtualClock(), host: makeHost() });
  const simulateAsync = <T>(main: () => Promise<T>) =>
    run(main, { clock: new VirtualClock(), host: makeHost() });

  describe("ContextVar", () => {
    it("gives its value, else the fallback, else its default, else an error", () => {
      const bare = new ContextVar<number>("bare");
      const ready = new ContextVar<number | undefined>("ready", { default: undefined });
      const seen = new Context().run(() => [
        outcomeOfCall(() => bare.get()),
        bare.get(1),
        ready.get(),
        ready.get(2),
        bare.set(3) && bare.get(1),
      ]);
      expect(seen).toEqual([NO_VALUE, 1, undefined, 2, 3]);
    });

    it("reset puts back what was before, also if that was nothing", () => {
      const variable = new ContextVar<string>("variable");
      const seen = new Context().run(() => {
        const first = variable.set("a");
        const second = variable.set("b");
        const values = [variable.get()];
        variable.reset(second);
        values.push(variable.get());
        variable.reset(first);
        return [...values, variable.get("none")];
      });
      expect(seen).toEqual(["b", "a", "none"]);
    });

    it("refuses a token that was used, that is another variable's, or another context's", () => {
      const variable = new ContextVar<number>("variable");
      const other = new ContextVar<number>("other");
      const token = variable.set(1);
      expect(outcomeOfCall(() => other.reset(token))).toBe(WRONG_TOKEN);
      expect(outcomeOfCall(() => new Context().run(() => variable.reset(token)))).toBe(WRONG_TOKEN);
      expect(outcomeOfCall(() => copyContext().run(() => variable.reset(token)))).toBe(WRONG_TOKEN);
      expect(variable.get()).toBe(1);
      variable.reset(token);
      expect(outcomeOfCall(() => variable.reset(token))).toBe(WRONG_TOKEN);
      expect(variable.get(0)).toBe(0);
    });

    it("refuses a token from another task or another callback", () => {
      const variable = new ContextVar<number>("variable");
      const seen = simulate(function* () {
        const loop = getRunningLoop();
        const token = variable.set(1);
        const inTask = yield* createTask(
          (function* () {
            return outcomeOfCall(() => variable.reset(token));
          })(),
        );
        const [made] = yield* loop.callSoon(() => [variable.set(2)] as const);
        return [
          inTask,
          yield* loop.callSoon(() => outcomeOfCall(() => variable.reset(made))),
          variable.get(),
        ];
      });
      expect(seen).toEqual([WRONG_TOKEN, WRONG_TOKEN, 1]);
    });
  });

  describe("Context", () => {
    it("run sees the context's values and keeps what is set; the outside sees none of it", () => {
      const variable = new ContextVar<string>("variable", { default: "outside" });
      const context = new Context();
      const returned = context.run(
        (a: number, b: number) => {
          variable.set("inside");
          return a + b;
        },
        1,
        2,
      );
      expect([returned, variable.get(), context.get(variable), context.has(variable)]).toEqual([
        3,
        "outside",
        "inside",
        true,
      ]);
      expect(context.run(() => variable.get())).toBe("inside");
    });

    it("run is left when the body throws", () => {
      const variable = new ContextVar<string>("variable", { default: "outside" });
      const fail = () => {
        variable.set("inside");
        throw new RangeError("bad");
      };
      expect(outcomeOfCall(() => new Context().run(fail))).toBe("RangeError bad");
      expect(variable.get()).toBe("outside");
    });

    it("run within itself is ERR_CONTEXT_ENTERED, in a copy it is not", () => {
      const context = new Context();
      const seen = context.run(() => [
        outcomeOfCall(() => context.run(() => 1)),
        new Context().run(() => outcomeOfCall(() => context.run(() => 2))),
        context.copy().run(() => 3),
      ]);
      expect(seen).toEqual(["LoopError ERR_CONTEXT_ENTERED", "LoopError ERR_CONTEXT_ENTERED", 3]);
      const ofTask = simulate(function* () {
        return outcomeOfCall(() =>
          currentTask()
            ?.getContext()
            .run(() => 4),
        );
      });
      expect(ofTask).toBe("LoopError ERR_CONTEXT_ENTERED");
    });

    it("copy and copyContext are snapshots", () => {
      const variable = new ContextVar<number>("variable");
      new Context().run(() => {
        variable.set(1);
        const copy = copyContext();
        variable.set(2);
        copy.run(() => variable.set(3));
        expect([variable.get(), copy.get(variable), copy.copy().get(variable)]).toEqual([2, 3, 3]);
      });
    });
  });

  describe("tasks and callbacks", () => {
    it("a task begins with a copy of its maker's values, and neither sees the other's changes", () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = simulate(function* () {
        variable.set("parent");
        const order: string[] = [];
        const child = createTask(
          (function* () {
            order.push(`child ${variable.get()}`);
            variable.set("child");
            yield* sleep(5);
            order.push(`child ${variable.get()}`);
          })(),
        );
        variable.set("parent later");
        yield* sleep(1);
        order.push(`parent ${variable.get()}`);
        yield* child;
        return order;
      });
      expect(seen).toEqual(["child parent", "parent parent later", "child child"]);
    });

    it("a coroutine that is waited for in place shares its caller's", () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = simulate(function* () {
        const set = function* (value: string) {
          yield* sleep(1);
          variable.set(value);
        };
        yield* set("by a coroutine");
        const first = variable.get();
        yield* timeout(10, () => set("in timeout"));
        const second = variable.get();
        yield* new Lock().with(() => set("in with"));
        const third = variable.get();
        yield* new TaskGroup().with((group) => void group.createTask(set("by a task")));
        return [first, second, third, variable.get()];
      });
      expect(seen).toEqual(["by a coroutine", "in timeout", "in with", "in with"]);
    });

    it("a task of a given context runs in that one itself", () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const context = new Context();
      const seen = simulate(function* () {
        yield* createTask(
          (function* () {
            variable.set("in context");
          })(),
          { context },
        );
        const again = createTask(
          (function* () {
            return variable.get();
          })(),
          { context },
        );
        return [yield* again, variable.get()];
      });
      expect([seen, context.get(variable)]).toEqual([["in context", "nobody"], "in context"]);
    });

    it("callSoon, callLater and addDoneCallback capture the values at the call; what callbacks set is lost", () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = simulate(function* () {
        const loop = getRunningLoop();
        const order: string[] = [];
        const note = (name: string) => {
          order.push(`${name} ${variable.get()}`);
          variable.set("by a callback");
        };
        const future = loop.createFuture<void>();
        loop.callSoon(note, "none");
        variable.set("a");
        loop.callSoon(note, "soon");
        loop.callLater(2, note, "later");
        future.addDoneCallback(() => note("done"));
        future.addDoneCallback(() => note("given"), { context: new Context() });
        variable.set("b");
        loop.callSoon(note, "soon again");
        yield* sleep(1);
        future.setResult();
        yield* sleep(5);
        return [...order, variable.get()];
      });
      expect(seen).toEqual([
        "none nobody",
        "soon a",
        "soon again b",
        "done a",
        "given nobody",
        "later a",
        "b",
      ]);
    });

    it("bind has a function called as if from here, wherever it is called", () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const bound = new Context().run(() => {
        variable.set("here");
        const give = bind((suffix: string) => variable.get() + suffix);
        variable.set("after");
        return give;
      });
      expect([bound("!"), variable.get()]).toEqual(["here!", "nobody"]);
      const seen = simulate(function* () {
        return yield* getRunningLoop().callSoon(bound, "?");
      });
      expect(seen).toBe("here?");
    });
  });

  describe("async functions", () => {
    it("keep their values across waits, however they are interleaved", async () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = await simulateAsync(async () => {
        const order: string[] = [];
        const worker = (name: string, delayMs: number) => async () => {
          variable.set(name);
          for (let i = 0; i < 3; i++) {
            await sleep(delayMs);
            await (async () => await sleep(0))();
            order.push(`${name}:${variable.get()}`);
          }
        };
        await gather(createTask(worker("a", 2)), createTask(worker("b", 3)), createTask(worker("c", 2)));
        return [...order.filter((each) => each[0] !== each[2]), order.length, variable.get()];
      });
      expect(seen).toEqual([9, "nobody"]);
    });

    it("share with those they await, and copy to the tasks they start", async () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = await simulateAsync(async () => {
        const inner = async () => {
          await sleep(1);
          variable.set("by an inner one");
        };
        await inner();
        const shared = variable.get();
        const child = createTask(async () => {
          const before = variable.get();
          variable.set("child");
          await sleep(1);
          return [before, variable.get()];
        });
        variable.set("later");
        return [shared, ...(await child), variable.get()];
      });
      expect(seen).toEqual(["by an inner one", "by an inner one", "child", "later"]);
    });

    it("know theirs after the await of a promise that is done", async () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = await simulateAsync(async () => {
        variable.set("main");
        const child: Task<unknown[]> = createTask(async () => {
          variable.set("child");
          await Promise.resolve();
          const first = variable.get();
          await (async () => await Promise.resolve())();
          return [first, variable.get(), currentTask() === child];
        });
        await sleep(0);
        return [...(await child), variable.get()];
      });
      expect(seen).toEqual(["child", "child", true, "main"]);
    });

    it("tokens are good across their waits, and no longer in another task", async () => {
      const variable = new ContextVar<string>("variable", { default: "nobody" });
      const seen = await simulateAsync(async () => {
        const token = variable.set("a");
        await sleep(1);
        const elsewhere = await createTask(async () => outcomeOfCall(() => variable.reset(token)));
        variable.reset(token);
        return [elsewhere, variable.get()];
      });
      expect(seen).toEqual([WRONG_TOKEN, "nobody"]);
    });
  });
}
