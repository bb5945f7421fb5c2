/**
 * Tests that tasks which wait for one another in a circle end when one of them is asked to cancel, by whichever way, in both
 * styles and mixed. CPython unwinds them too.
 */
import { describe, expect, it } from "vitest";
import {
  type Coroutine,
  createTask,
  currentTask,
  gather,
  sleep,
  type Task,
  TaskGroup,
  timeout,
  waitFor,
} from "wasyncio";
import { outcomeOfPromise, trialAsync } from "../sync/trial.ts";

type Style = (awaited: () => PromiseLike<unknown>) => () => Coroutine<unknown> | Promise<unknown>;

const STYLES: Readonly<Record<string, Style>> = {
  async: (awaited) => async () => await awaited(),
  generator: (awaited) =>
    function* () {
      return yield* awaited() as unknown as Coroutine<unknown>;
    },
};

const WAYS: Readonly<Record<string, (task: Task<unknown>) => PromiseLike<unknown>>> = {
  itself: (task) => task,
  "in a gather": (task) => gather(task, sleep(1)),
  "with a time limit": (task) => waitFor(task, 1000),
  "in a timeout": (task) => timeout(1000, async () => await task),
  "in a group": (task) => new TaskGroup().with(async () => await task),
};

const CANCELLED = "CancelledError ERR_CANCELLED";

/** So many tasks, each of which waits for the next one, and the last for the first. */
function circleOf(
  styles: readonly Style[],
  way: (task: Task<unknown>) => PromiseLike<unknown>,
): Task<unknown>[] {
  const tasks: Task<unknown>[] = [];
  for (const [index, style] of styles.entries()) {
    const next = () => way(tasks[(index + 1) % styles.length] as Task<unknown>);
    tasks.push(createTask(style(next) as () => Promise<unknown>));
  }
  return tasks;
}

describe.each(Object.entries(WAYS))("Tasks in a circle, each waiting for the next one %s", (_, way) => {
  const rounds = Object.entries(STYLES).flatMap(([first, one]) =>
    Object.entries(STYLES).flatMap(([second, other]) =>
      [2, 3].map((count) => [`${count}: ${first}, ${second}`, [one, other, one].slice(0, count)] as const),
    ),
  );

  it.each(rounds)("end when one of them is cancelled: %s", async (__, styles) => {
    for (let index = 0; index < styles.length; index++) {
      const outcomes = await trialAsync(async () => {
        const tasks = circleOf(styles, way);
        await sleep(5);
        tasks[index]?.cancel();
        return await Promise.all(tasks.map(outcomeOfPromise));
      });
      expect(outcomes).toEqual(styles.map(() => CANCELLED));
    }
  });
});

describe("A task that waits for one that waits for it", () => {
  it("is reached by a deadline around its wait", async () => {
    const outcome = await trialAsync(async () => {
      const task = createTask(async () => {
        const me = currentTask() as Task<unknown>;
        return await outcomeOfPromise(timeout(10, async () => await createTask(async () => await me)));
      });
      return await outcomeOfPromise(task);
    });
    expect(outcome).toMatch(/ERR_TIMEOUT|ERR_CANCELLED/);
  });

  it("is reached by the failure of another one in its group", async () => {
    const outcome = await trialAsync(async () =>
      outcomeOfPromise(
        new TaskGroup().with(async (group) => {
          const tasks: Task<unknown>[] = [];
          tasks.push(group.createTask(async () => await tasks[1]));
          tasks.push(group.createTask(async () => await tasks[0]));
          group.createTask(async () => {
            await sleep(5);
            throw new RangeError("bad");
          });
        }),
      ),
    );
    expect(outcome).toBe("ExceptionGroup ERR_EXCEPTION_GROUP");
  });

  it("is not woken by a listener that asks for its cancellation once more", async () => {
    const outcome = await trialAsync(async () => {
      const order: string[] = [];
      const inner = createTask(async () => {
        currentTask()?.signal.addEventListener("abort", () => outer.cancel());
        try {
          await sleep(100);
        } finally {
          await sleep(5);
          order.push("inner has cleaned up");
        }
      });
      const outer: Task<unknown> = createTask(async () => {
        try {
          await inner;
        } finally {
          order.push("outer goes on");
        }
      });
      await sleep(1);
      outer.cancel();
      await outcomeOfPromise(outer);
      return order;
    });
    expect(outcome).toEqual(["inner has cleaned up", "outer goes on"]);
  });
});
