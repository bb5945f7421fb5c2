/** Cases: what the loop needs of the host itself, its clock and wakes (src/host/host.ts). */
import { assert } from "chai";
import { newEventLoop } from "wasyncio";
import type { Host } from "../../../src/host/host.ts";
import { casesOf, needing } from "./case.ts";

/** The host as the loop gets it. */
export function aHost(): Host {
  const loop = newEventLoop();
  loop.close();
  return loop.scheduler.host;
}

export const host = casesOf("host", {
  "is what its entry says": (here) => {
    const given = aHost();
    assert.equal(given.name, here.host);
    assert.isAbove(given.sliceMs, 0);
    assert.equal(given.network !== undefined, here.sockets !== "none");
    assert.equal(given.network?.listen !== undefined, here.sockets === "all");
    assert.equal(typeof given.fetch === "function", here.fetch);
    assert.equal(typeof given.createTaskStorage === "function", here.taskStorage);
    assert.isUndefined(given.skipTo);
  },

  "now never goes backwards": () => {
    const given = aHost();
    let beforeMs = given.now();
    for (let i = 0; i < 10_000; i++) {
      const nowMs = given.now();
      assert.isAtLeast(nowMs, beforeMs);
      beforeMs = nowMs;
    }
  },

  "wakeSoon calls back once for each call, in order, and never from within": async () => {
    const given = aHost();
    const log: number[] = [];
    await new Promise<void>((resolve) => {
      given.wakeSoon(() => log.push(1));
      given.wakeSoon(() => log.push(2));
      given.wakeSoon(() => {
        log.push(3);
        resolve();
      });
      log.push(0);
    });
    assert.deepEqual(log, [0, 1, 2, 3]);
  },

  "wakeSoon lets the host's timers run in between": async () => {
    const given = aHost();
    let timerCame = false;
    given.wakeAt(given.now() + 5, () => {
      timerCame = true;
    });
    await new Promise<void>((resolve) => {
      const again = () => (timerCame ? resolve() : given.wakeSoon(again));
      again();
    });
  },

  "wakeAt is never early, and never calls from within": async ({ clockStepMs }) => {
    const given = aHost();
    for (const delayMs of [0, 0.4, 1, 3.7, 20]) {
      const deadlineMs = given.now() + delayMs;
      let within = true;
      await new Promise<void>((resolve) => {
        given.wakeAt(deadlineMs, () => {
          assert.isFalse(within, `in ${delayMs} ms`);
          resolve();
        });
        within = false;
      });
      assert.isAtLeast(given.now(), deadlineMs - clockStepMs, `in ${delayMs} ms`);
    }
  },

  "wakeAt takes a delay longer than timers can hold, and cancel ends it": async () => {
    const given = aHost();
    let woken = 0;
    const far = given.wakeAt(given.now() + 2 ** 40, () => woken++);
    const near = given.wakeAt(given.now() + 1, () => woken++);
    near.cancel();
    await new Promise<void>((resolve) => {
      given.wakeAt(given.now() + 10, resolve);
    });
    far.cancel();
    far.cancel();
    assert.equal(woken, 0);
  },

  "keepAlive may be repeated": () => {
    const given = aHost();
    for (const on of [false, true, true, false, false]) given.keepAlive(on);
  },

  "task storage follows promises": needing(
    (here) => here.taskStorage,
    async () => {
      const storage = aHost().createTaskStorage?.<string>();
      const seen = await storage?.run("inside", async () => {
        await Promise.resolve();
        return storage.get();
      });
      assert.equal(seen, "inside");
      assert.isUndefined(storage?.get());
    },
  ),
});
