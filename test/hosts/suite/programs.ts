/** Cases: whole programs: promises, async functions, errors, several loops, and that nothing is left behind. */
import { assert } from "chai";
import {
  adopt,
  createTask,
  currentTask,
  type EventLoop,
  gather,
  getRunningLoop,
  NotSupportedError,
  newEventLoop,
  Queue,
  run,
  setModule,
  sleep,
  TaskGroup,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { casesOf, listens, needing } from "./case.ts";

function hostSleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Hosts that report an unhandled rejection as an event. */
const TELLS_BY_EVENTS = ["browser", "deno", "workerd"];

const events = globalThis as unknown as Record<
  "addEventListener" | "removeEventListener",
  (type: string, hear: (event: { reason: unknown; preventDefault(): void }) => void) => void
>;

async function codeOf(ending: () => unknown): Promise<unknown> {
  try {
    await ending();
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
  return "no error";
}

export const promises = casesOf("promises", {
  "adopt gives what a promise gives": () =>
    run(function* () {
      assert.equal(yield* adopt(Promise.resolve("now")), "now");
      assert.equal(yield* adopt(hostSleep(2).then(() => "later")), "later");
      try {
        yield* adopt(Promise.reject(new Error("no")));
        assert.fail("not rejected");
      } catch (error) {
        assert.equal((error as Error).message, "no");
      }
    }),

  "cancelling what has adopted a promise aborts it": () =>
    run(function* () {
      const abort = new AbortController();
      const task = adopt(new Promise(() => {}), { abort });
      yield* sleep(1);
      task.cancel();
      yield* sleep(1);
      assert.isTrue(abort.signal.aborted);
    }),

  "run gives a native promise, fulfilled and rejected": async () => {
    assert.equal(await run(sleep(1, "result")), "result");
    assert.equal(
      await codeOf(() => run(() => Promise.reject(new RangeError("bad")))).then(String),
      "RangeError: bad",
    );
  },

  "an async function knows its task across awaits of ours": () =>
    run(async () => {
      const names = await gather(
        ...["a", "b", "c"].map((name) =>
          createTask(
            async () => {
              const seen = [];
              for (let i = 0; i < 3; i++) {
                seen.push(currentTask()?.getName());
                await sleep(i);
              }
              return seen.join("");
            },
            { name },
          ),
        ),
      );
      assert.deepEqual(names, ["aaa", "bbb", "ccc"]);
    }),

  "after adopt an async function knows its task": () =>
    run(async () =>
      assert.deepEqual(await namesBehind(() => adopt(hostSleep(2))), [
        ["a", "a"],
        ["b", "b"],
      ]),
    ),

  "after a foreign await the task is known": needing(
    ({ taskStorage }) => taskStorage,
    () =>
      run(async () =>
        assert.deepEqual(await namesBehind(() => hostSleep(2)), [
          ["a", "a"],
          ["b", "b"],
        ]),
      ),
  ),

  "after a foreign await the error says that the task is not known": needing(
    ({ taskStorage }) => !taskStorage,
    () =>
      run(async () => {
        // Long enough for the loop to be told that the microtasks have run out, on a busy machine too: till then it is this task's step.
        await hostSleep(200);
        assert.equal(await codeOf(() => currentTask()), "ERR_NO_RUNNING_LOOP");
      }),
  ),
});

/** What two tasks know of themselves after a wait, twice. */
function namesBehind(wait: () => PromiseLike<void>) {
  const nameTwice = async () => {
    const seen = [];
    for (let i = 0; i < 2; i++) {
      await wait();
      seen.push(currentTask()?.getName());
    }
    return seen;
  };
  return gather(...["a", "b"].map((name) => createTask(nameTwice, { name })));
}

export const errors = casesOf("errors", {
  "a callback's error goes to the exception handler, and the loop goes on": () =>
    run(function* () {
      const loop = getRunningLoop();
      const seen: unknown[] = [];
      loop.setExceptionHandler((_, { exception }) => seen.push((exception as Error).message));
      loop.callSoon(() => {
        throw new Error("first");
      });
      loop.callLater(1, () => {
        throw new Error("second");
      });
      yield* sleep(5);
      assert.deepEqual(seen, ["first", "second"]);
    }),

  "without a handler it is written where the host's users look": async () => {
    const { error: original } = console;
    const written: string[] = [];
    console.error = (text: unknown) => written.push(String(text));
    try {
      await run(function* () {
        getRunningLoop().callSoon(() => {
          throw new Error("nobody listens");
        });
        yield* sleep(1);
      });
    } finally {
      console.error = original;
    }
    assert.lengthOf(written, 1);
    assert.include(written[0], "nobody listens");
  },

  "a task group cancels the others and throws what failed": () =>
    run(function* () {
      let cancelled = 0;
      try {
        yield* new TaskGroup().with(function* (group) {
          for (let i = 0; i < 3; i++) {
            group.createTask(
              (function* () {
                try {
                  yield* sleep(60_000);
                } finally {
                  cancelled++;
                }
              })(),
            );
          }
          yield* sleep(1);
          throw new Error("of the body");
        });
        assert.fail("nothing was thrown");
      } catch (error) {
        assert.deepEqual(
          (error as AggregateError).errors.map((each: Error) => each.message),
          ["of the body"],
        );
      }
      assert.equal(cancelled, 3);
    }),

  "run within a running loop is refused": () =>
    run(async () => assert.equal(await codeOf(() => run(sleep(0))), "ERR_LOOP_RUNNING")),

  "a closed loop says so": async () => {
    const loop = newEventLoop();
    loop.close();
    assert.equal(await codeOf(() => loop.callSoon(() => {})), "ERR_LOOP_CLOSED");
    assert.equal(await codeOf(() => loop.runForever()), "ERR_LOOP_CLOSED");
  },

  "a function that is not awaited is cancelled at the end, without an event; other rejections are reported":
    needing(
      ({ host }) => TELLS_BY_EVENTS.includes(host),
      async () => {
        let cleanedUp = 0;
        const left = async () => {
          try {
            await sleep(60_000);
          } finally {
            cleanedUp++;
          }
        };
        const leaves = async () => {
          void left();
          await sleep(1);
        };
        await run(leaves);
        const heard: unknown[] = [];
        const other = new Promise<void>((resolve) => {
          const hear = (event: { reason: unknown; preventDefault(): void }) => {
            heard.push(event.reason);
            event.preventDefault();
            if (event.reason !== "other") return;
            events.removeEventListener("unhandledrejection", hear);
            resolve();
          };
          events.addEventListener("unhandledrejection", hear);
        });
        await run(leaves);
        await hostSleep(5);
        void Promise.reject("other");
        await other;
        assert.deepEqual(heard, ["other"]);
        assert.equal(cleanedUp, 2);
      },
    ),

  "setModule refuses what is no module": () =>
    codeOf(() => setModule({})).then((code) => assert.equal(code, "ERR_ARGUMENT_TYPE")),
});

/** Slots of each kind that are taken. */
function slotsLive(loop: EventLoop): number[] {
  const { calls } = loop.scheduler;
  return [0, 1, 2, 3, 4].map((kind) => calls.slotsLive(kind));
}

/** Where there are servers there is a process. */

export const loops = casesOf("loops", {
  "a new one is on the host that the package was chosen for": ({ host }) =>
    assert.equal(newEventLoop().scheduler.host.name, host),

  "have handlers of signals where there is a process": needing(listens, () =>
    run(function* () {
      const loop = getRunningLoop();
      loop.addSignalHandler("SIGTERM", () => {});
      assert.isTrue(loop.removeSignalHandler("SIGTERM"));
      assert.isFalse(loop.removeSignalHandler("SIGTERM"));
    }),
  ),

  "say where there are no signals": needing(
    (here) => !listens(here),
    async ({ host }) => {
      const change = (how: (loop: EventLoop) => void) => () => run(async () => how(getRunningLoop()));
      for (const attempt of [
        change((loop) => loop.addSignalHandler("SIGTERM", () => {})),
        change((loop) => loop.removeSignalHandler("SIGTERM")),
      ]) {
        const error = await attempt().catch((thrown: unknown) => thrown);
        assert.instanceOf(error, NotSupportedError);
        assert.include((error as NotSupportedError).message, `'${host}' does not have; use it in`);
      }
    },
  ),

  "two run side by side, each with its own tasks": async () => {
    const log: string[] = [];
    const program = (name: string) =>
      run(function* () {
        const loop = getRunningLoop();
        for (let i = 0; i < 3; i++) {
          yield* sleep(4);
          log.push(name);
          assert.strictEqual(getRunningLoop(), loop);
        }
        return loop;
      });
    const [a, b] = await Promise.all([program("a"), program("b")]);
    assert.notStrictEqual(a, b);
    assert.deepEqual([...log].sort(), ["a", "a", "a", "b", "b", "b"]);
    // Neither waits for the other to end.
    assert.notDeepEqual(log, ["a", "a", "a", "b", "b", "b"]);
  },

  "a loop may run again": async () => {
    const loop = newEventLoop();
    assert.equal(await loop.runUntilComplete(sleep(1, 1)), 1);
    assert.equal(await loop.runUntilComplete(sleep(1, 2)), 2);
    loop.close();
  },

  "a virtual clock skips what is slept": async () => {
    const startMs = performance.now();
    assert.equal(await run(sleep(3_600_000, "an hour"), { clock: new VirtualClock() }), "an hour");
    assert.isBelow(performance.now() - startMs, 5000);
  },

  "no slot is left behind by a program of everything": async () => {
    const loop = newEventLoop();
    await loop.runUntilComplete(sleep(0));
    // What has stopped the loop gives its slot back when the next turn begins.
    const before = slotsLive(loop);
    await loop.runUntilComplete(
      (function* () {
        const queue = new Queue<number>(2);
        yield* new TaskGroup().with(function* (group) {
          group.createTask(
            (function* () {
              for (let i = 0; i < 100; i++) yield* queue.put(i);
            })(),
          );
          group.createTask(
            (function* () {
              for (let i = 0; i < 100; i++) assert.equal(yield* queue.get(), i);
            })(),
          );
          group.createTask(async () => {
            for (let i = 0; i < 10; i++) await sleep(0.1);
          });
          const slow = group.createTask(sleep(60_000));
          loop.callLater(60_000, () => {}).cancel();
          yield* sleep(2);
          slow.cancel();
        });
      })(),
    );
    assert.deepEqual(slotsLive(loop), before);
    loop.close();
  },
});
