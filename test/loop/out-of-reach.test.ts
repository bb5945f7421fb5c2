/**
 * Tests what becomes of async functions that a request to cancel does not reach at once: those that a task has left behind,
 * whose clean-up is theirs, and those that await a promise that is not the loop's, which are reported.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  adopt,
  CancelledError,
  createTask,
  currentTask,
  type Host,
  Runner,
  run,
  sleep,
  timeout,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { makeDefaultHost } from "../../src/host/host.ts";
import { bareHost } from "../tasks/hosts.ts";

let written: string[];
let reported: () => void;

/** This runtime's host, which writes here. */
function writingHost(replaced: Partial<Host> = {}): Host {
  const host = makeDefaultHost();
  const createTaskStorage = host.createTaskStorage as NonNullable<Host["createTaskStorage"]>;
  const writeError = (text: string) => {
    written.push(text);
    reported();
  };
  return bareHost({ writeError, createTaskStorage, ...replaced });
}

/** A promise that is not the loop's, and that lasts until something has been reported. */
const untilReported = () => new Promise<void>((resolve) => (reported = resolve));

beforeEach(() => {
  written = [];
  reported = () => {};
});

describe("what the end of the program cuts off", () => {
  it("cleans up to its end before run is over, and is cancelled once", async () => {
    const log: string[] = [];
    const left = async () => {
      try {
        await sleep(1000);
      } catch (error) {
        log.push((error as CancelledError).code);
        await sleep(5);
        log.push("cleaned up");
        throw error;
      }
    };
    const clock = new VirtualClock();
    const result = await run(
      async () => {
        left().catch(() => {});
        await sleep(1);
        return "result";
      },
      { clock, host: writingHost() },
    );
    expect(result).toBe("result");
    expect(log).toEqual(["ERR_OWNER_ENDED", "cleaned up"]);
    expect(clock.time()).toBe(6);
  });

  it("is named in debug mode, with what it waited for and the task that has ended, and so is what takes it over", async () => {
    const named: string[] = [];
    const helper = async () => {
      try {
        await sleep(1000);
      } finally {
        named.push(String(currentTask()?.getName()));
      }
    };
    const main = async () => {
      await createTask(
        async () => {
          helper().catch(() => {});
          await sleep(1);
        },
        { name: "ends early" },
      );
      await sleep(1);
    };
    await run(main, { clock: new VirtualClock(), debug: true, host: writingHost() });
    expect(written).toEqual([
      expect.stringMatching(
        /^the task 'ends early' has ended, and what it had started and not awaited was cancelled: /,
      ),
    ]);
    expect(named).toEqual(["ends early (left behind)"]);
  });
});

describe("debug mode", () => {
  const debugging = () => ({ debug: true, clock: new VirtualClock(), host: writingHost() });

  it("names the task that cannot be cancelled, since it awaits a foreign promise", async () => {
    await run(async () => {
      const task = createTask(untilReported, { name: "abroad" });
      await sleep(1);
      task.cancel();
      await expect(task).rejects.toThrow(CancelledError);
    }, debugging());
    expect(written).toEqual([
      expect.stringMatching(
        /^the task 'abroad' was cancelled, but awaits a promise that is not .*adopt\(promise\)$/,
      ),
    ]);
  });

  it("names the task that its deadline cannot reach", async () => {
    await run(async () => {
      const body = async () => {
        await untilReported();
        await sleep(1);
      };
      const task = createTask(() => timeout(1, body), { name: "late" });
      await expect(task).rejects.toThrow("the deadline has passed");
    }, debugging());
    expect(written).toEqual([
      expect.stringMatching(
        /^a timeout or group in the task 'late' was cancelled, but the function in it awaits /,
      ),
    ]);
  });

  it("does not mention those that are reached, at once or after some microtasks", async () => {
    await run(async () => {
      const microtasks = async () => {
        for (let i = 0; i < 100; i++) await null;
      };
      const tasks = [
        createTask(() => sleep(1000)),
        createTask(() => adopt(new Promise(() => {}))),
        createTask(() => timeout(1000, async () => await sleep(500))),
        createTask(async () => {
          await sleep(1);
          await microtasks();
          await sleep(1000);
        }),
      ];
      await sleep(1);
      for (const task of tasks) task.cancel();
      for (const task of tasks) await expect(task).rejects.toThrow(CancelledError);
      await timeout(1, async () => await sleep(1000)).then(undefined, () => {});
    }, debugging());
    expect(written).toEqual([]);
  });
});

describe("run", () => {
  it("that waits long for a task in a foreign promise names it", async () => {
    let settle = () => {};
    const foreign = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const alarms: { afterMs: number; wake: () => void }[] = [];
    const host = writingHost();
    const { wakeAt } = host;
    host.wakeAt = (deadlineMs, wake) => {
      alarms.push({ afterMs: deadlineMs - host.now(), wake });
      return wakeAt(deadlineMs, wake);
    };
    const runner = new Runner({ host });
    const atHome = await runner.run(function* () {
      createTask(() => foreign, { name: "abroad" });
      const task = createTask(() => sleep(1000), { name: "at home" });
      yield* sleep(0);
      return [task];
    });
    const closed = runner.close();
    await vi.waitFor(() => expect(atHome[0]?.done()).toBe(true));
    expect(written).toEqual([]);
    alarms.find(({ afterMs }) => Math.round(afterMs / 1000) === 5)?.wake();
    expect(written).toEqual([
      expect.stringMatching(/^run\(\) waits for a task to end: 'abroad' was cancelled, but awaits a promise/),
    ]);
    settle();
    await closed;
  });
});
