/** Tests Interrupts that async functions throw: they end the run as those of coroutines do, and leave nothing behind. */
import { describe, expect, it } from "vitest";
import {
  coroutine,
  createTask,
  currentTask,
  type EventLoop,
  getRunningLoop,
  KeyboardInterrupt,
  run,
  SystemExit,
  sleep,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { rejectionOf, virtualLoop } from "./harness.ts";

const afterMicrotasks = async (count: number) => {
  for (let i = 0; i < count; i++) await Promise.resolve();
};

const forEver = () => getRunningLoop().createFuture<void>();

/** How an async function comes to throw an Interrupt. */
const ways: Record<string, () => Promise<void>> = {
  "at once": async () => {
    throw new KeyboardInterrupt();
  },
  "after a wait for the loop": async () => {
    await sleep(5);
    throw new KeyboardInterrupt();
  },
  "after a task that throws it": async () => {
    await createTask(
      (function* () {
        yield* sleep(1);
        throw new KeyboardInterrupt();
      })(),
    );
  },
  "out of a coroutine that it waits for in place": async () => {
    await coroutine(function* () {
      yield* sleep(1);
      throw new KeyboardInterrupt();
    })();
  },
  "after a foreign promise": async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    throw new KeyboardInterrupt();
  },
  "after more microtasks than the loop waits for": async () => {
    await sleep(1);
    await afterMicrotasks(100);
    throw new KeyboardInterrupt();
  },
  "from an eager task": async () => {
    await sleep(1);
    createTask(
      (function* () {
        throw new KeyboardInterrupt();
      })(),
      { eagerStart: true },
    );
    await forEver();
  },
};

describe("an Interrupt thrown by an async function ends run, lets the others clean up, and the next run works", () => {
  async function check(main: () => Promise<void>): Promise<void> {
    const order: string[] = [];
    let loop: EventLoop | undefined;
    const program = async () => {
      loop = getRunningLoop();
      // As in asyncio, a task whose Interrupt is never retrieved is reported like any other.
      loop.setExceptionHandler((_loop, { exception }) => {
        expect(exception).toBeInstanceOf(KeyboardInterrupt);
      });
      createTask(async () => {
        try {
          await forEver();
        } finally {
          await sleep(1);
          order.push("cleaned up");
        }
      });
      await sleep(0);
      await main();
    };
    expect((await rejectionOf(run(program, { clock: new VirtualClock() }))).name).toBe("KeyboardInterrupt");
    expect(order).toEqual(["cleaned up"]);
    expect(loop?.isClosed()).toBe(true);
    expect(() => getRunningLoop()).toThrow("no running event loop");
    expect(await run(async () => await sleep(1, "again"))).toBe("again");
  }

  it.each(Object.entries(ways))("by main, %s", async (_way, body) => {
    await check(body);
  });

  it.each(Object.entries(ways))("by another task, %s", async (_way, body) => {
    await check(async () => {
      createTask(body);
      await forEver();
    });
  });
});

describe("an Interrupt thrown while another async function has its step", () => {
  it("waits until that has come back to the loop, which then goes on where it was", async () => {
    const loop = virtualLoop();
    const order: string[] = [];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const interrupting = loop.createTask(async () => {
      await begun;
      throw new SystemExit(3);
    });
    const stepping = loop.createTask(async () => {
      await sleep(1);
      begin();
      await afterMicrotasks(20);
      order.push(`still running: ${currentTask() === stepping}`);
      await sleep(5);
      order.push("went on");
    });
    expect((await rejectionOf(loop.runUntilComplete(stepping))).name).toBe("SystemExit");
    expect([stepping.done(), interrupting.done()]).toEqual([false, true]);
    await loop.runUntilComplete(stepping);
    expect(order).toEqual(["still running: true", "went on"]);
    expect(() => interrupting.result()).toThrow(SystemExit);
    loop.close();
  });
});
