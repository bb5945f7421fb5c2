/** The walk over the invariants: each rule has to notice the damage it exists for. Debug build only. */
import { describe, expect, test } from "vitest";
import { KIND_HANDLE, KIND_TIMER } from "../../../assembly/abi.ts";
import {
  AWAITING,
  GENERATION,
  isDebug,
  NEXT,
  POSITION,
  RawCore,
  RELEASE,
  STATE,
  STATE_CHANNEL_IDLE,
  STATE_FREE,
  STATE_HANDLE_QUEUED,
  STATE_TASK_READY,
  STATE_TIMER_ARMED,
  VISITED,
  WAITERS,
} from "./raw.ts";

/** Some of everything: three timers, two callbacks and a task that waits for a future, a handle and a task in the ring. */
class Scene {
  readonly core = new RawCore();
  readonly timers: number[];
  readonly future: number;
  readonly callbacks: number[];
  readonly waiter: number;
  readonly handle: number;
  readonly ready: number;

  constructor() {
    const { calls } = this.core;
    this.timers = [30, 10, 20].map((deadlineMs) => calls.timerStart(deadlineMs));
    this.future = calls.futureOpen(0);
    this.callbacks = [calls.callbackAdd(this.future)];
    this.waiter = calls.taskStart(0, 1);
    calls.taskWait(this.waiter, this.future);
    this.callbacks.push(calls.callbackAdd(this.future));
    this.handle = calls.handleQueue();
    this.ready = calls.taskStart(0, 0);
    this.core.turn(0, 0);
  }

  byte(slot: number, field: number, value: number): void {
    this.core.view.setUint8(this.core.recordAt(slot) + field, value);
  }

  word(slot: number, field: number, value: number): void {
    this.core.view.setUint32(this.core.recordAt(slot) + field, value, true);
  }

  get freeSlot(): number {
    return this.ready + 1;
  }
}

/** What is damaged, which rules may say so, and how the damage is done. */
const damages: [damage: string, rules: number[], inflict: (scene: Scene) => void][] = [
  ["a live slot in the free list", [1, 5], (scene) => scene.byte(scene.freeSlot, STATE, STATE_CHANNEL_IDLE)],
  ["a free list that leads out of the arena", [1], (scene) => scene.word(scene.freeSlot, NEXT, 0x7ffffff0)],
  ["a circle in the free list", [2], (scene) => scene.word(scene.freeSlot + 1, NEXT, scene.freeSlot)],
  ["a state that there is not", [3], (scene) => scene.byte(scene.handle, STATE, 0x1e)],
  [
    "a mark left behind by a walk",
    [4],
    (scene) => scene.byte(scene.ready, STATE, STATE_TASK_READY | VISITED),
  ],
  [
    "a wrong count of live slots",
    [5],
    ({ core }) => core.view.setUint32(core.liveCountAt(KIND_TIMER), 2, true),
  ],
  [
    "a slot of another kind than counted",
    [5],
    (scene) => scene.byte(scene.handle, STATE, STATE_CHANNEL_IDLE),
  ],
  ["a free list that ends too early", [6], (scene) => scene.word(scene.freeSlot, NEXT, 0)],
  [
    "a slot freed without its counter",
    [5],
    (scene) => scene.byte(scene.timers[0] as number, STATE, STATE_FREE),
  ],
  [
    "a heap entry of a slot that is no timer",
    [10],
    ({ core, handle }) => core.view.setUint32(core.heapEntryAt(1) + 12, handle, true),
  ],
  [
    "a timer that does not know its place",
    [11],
    (scene) => scene.word(scene.timers[0] as number, POSITION, 99),
  ],
  [
    "a child that is due before its parent",
    [12],
    ({ core }) => core.view.setFloat64(core.heapEntryAt(2), 1, true),
  ],
  [
    "a timer that the heap has lost",
    [13],
    ({ core, timers }) => {
      // A handle's slot, made out to be a timer's.
      const lost = core.calls.timerStart(40);
      core.calls.timerCancel(lost);
      core.calls.handleQueue();
      core.view.setUint8(core.recordAt(lost) + STATE, STATE_TIMER_ARMED);
      core.view.setUint32(core.liveCountAt(KIND_TIMER), timers.length + 1, true);
      core.view.setUint32(core.liveCountAt(KIND_HANDLE), core.calls.slotsLive(KIND_HANDLE) - 1, true);
    },
  ],
  [
    "more in the state of being queued than in the ring",
    [20, 34],
    (scene) => {
      for (const callback of scene.callbacks) scene.byte(callback, STATE, STATE_HANDLE_QUEUED);
    },
  ],
  [
    "a ring entry of a slot that was never handed out",
    [21],
    ({ core }) => core.view.setUint32(core.ringEntryAt(1), 0xfffff, true),
  ],
  [
    "a ring entry that would release a task",
    [22],
    ({ core, ready }) => core.view.setUint32(core.ringEntryAt(1), (RELEASE | ready) >>> 0, true),
  ],
  [
    "a handle that no ring entry releases",
    [23],
    ({ core, handle }) => core.view.setUint32(core.ringEntryAt(0), handle, true),
  ],
  ["a stale waiter", [30], (scene) => scene.byte(scene.waiter, GENERATION, 5)],
  [
    "a waiter that waits for something else",
    [31],
    (scene) => scene.word(scene.waiter, AWAITING, scene.ready),
  ],
  [
    "a waiter that does not wait",
    [32],
    (scene) => scene.word(scene.callbacks[0] as number, NEXT, scene.future),
  ],
  [
    "a list of waiters that never comes back to its end",
    [33],
    (scene) => scene.word(scene.waiter, NEXT, scene.callbacks[0] as number),
  ],
  ["a waiter in no list", [34], (scene) => scene.word(scene.future, WAITERS, 0)],
];

if (isDebug)
  describe("check", () => {
    test("finds nothing wrong with a core that has some of everything", () => {
      expect(new Scene().core.check()).toBe(0);
    });

    test.each(damages)("notices %s", (_damage, rules, inflict) => {
      const scene = new Scene();
      inflict(scene);
      expect(rules).toContain(scene.core.check());
    });

    test("has a test here for every rule that it can answer", async () => {
      const { readFileSync } = await import("node:fs");
      const source = readFileSync(new URL("../../../assembly/check.ts", import.meta.url), "utf8");
      const rules = [...source.matchAll(/return (\d+);|: (\d+);/g)].map((match) =>
        Number(match[1] ?? match[2]),
      );
      const tested = new Set(damages.flatMap(([, [first]]) => first));
      expect(rules.filter((rule) => rule !== 0 && !tested.has(rule))).toEqual([]);
      expect(rules.length).toBeGreaterThan(10);
    });
  });

test("check: the release build has none", () => {
  expect(new RawCore().calls.check !== undefined).toBe(isDebug);
});
