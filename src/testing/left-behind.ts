/**
 * Owns what is wrong with a program that has ended: what it has left behind, and a cancellation that it has swallowed. Knows nothing
 * of how it ran.
 */
import { asyncgensOf } from "../core/asyncgens.ts";
import type { EventLoop } from "../core/loop.ts";
import { Task } from "../core/task.ts";
import { KIND_TIMER } from "../core/wasm.ts";
import { pendingInWords } from "./deadlock.ts";
import { RunError } from "./errors.ts";
import type { Track } from "./tracks.ts";

/** @param cancelled - the task that was cancelled: timers and async generators that are left then have no one to end them. */
export function whatIsLeft(loop: EventLoop, cancelled: Track | undefined): RunError | undefined {
  const { scheduler } = loop;
  const left = pendingInWords(scheduler);
  if (cancelled !== undefined) {
    const timers = scheduler.calls.slotsLive(KIND_TIMER) - (scheduler.network?.timers ?? 0);
    if (timers > 0) left.push(timers === 1 ? "a timer" : `${timers} timers`);
    const generators = asyncgensOf(loop).size;
    if (generators > 0) left.push(generators === 1 ? "an async generator" : `${generators} async generators`);
  }
  if (left.length === 0) return undefined;
  const when = cancelled === undefined ? "when" : `'${cancelled.name}' was cancelled, and when`;
  return new RunError(
    "ERR_LEFT_BEHIND",
    `${when} the program had ended, this was left: ${left.join("; ")}; wait for it or cancel it, as a TaskGroup does`,
  );
}

export function whatWasSwallowed(cancelled: Track | undefined): RunError | undefined {
  const task = cancelled?.task;
  if (!(task instanceof Task) || !task.done() || task.cancelled()) return undefined;
  if (task.exception() !== null || task.cancelling() === 0) return undefined;
  return new RunError(
    "ERR_CANCELLATION_SWALLOWED",
    `the task '${cancelled?.name}' was asked to cancel and has ended as if it had not been; rethrow the ` +
      "CancelledError once the task has cleaned up",
  );
}
