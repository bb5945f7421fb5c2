/**
 * Owns the ways to see that nothing is left behind: the garbage collector by call, and the live slots of a loop.
 */
import { type EventLoop, newEventLoop } from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import { KIND_CHANNEL, KIND_FUTURE, KIND_HANDLE, KIND_TASK, KIND_TIMER } from "../../src/core/wasm.ts";

const ROUNDS = 6;

/** Collects garbage, and lets finalizers do their part. */
export async function collectGarbage(): Promise<void> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("the tests need node --expose-gc; vitest.config.ts gives it");
  for (let round = 0; round < ROUNDS; round++) {
    gc();
    // The engine calls finalization callbacks in a task of their own.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface LiveSlots {
  readonly handles: number;
  readonly timers: number;
  readonly futures: number;
  readonly tasks: number;
  readonly channels: number;
}

/** The slots that are live between two runs; a run leaves its own last batch in the ring, always the same. */
export function liveSlots(loop: EventLoop): LiveSlots {
  loop.runSync(nothing());
  const { calls } = loop.scheduler.core;
  return {
    handles: calls.slotsLive(KIND_HANDLE),
    timers: calls.slotsLive(KIND_TIMER),
    futures: calls.slotsLive(KIND_FUTURE),
    tasks: calls.slotsLive(KIND_TASK),
    channels: calls.slotsLive(KIND_CHANNEL),
  };
}

/** A loop whose time costs nothing. */
export function virtualLoop(): EventLoop {
  return newEventLoop({ clock: new VirtualClock() });
}

export function* nothing(): Generator<unknown, void, unknown> {}
