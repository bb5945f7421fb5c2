/**
 * Owns the trial: a program on its own loop, under a virtual clock, that has to leave nothing behind: no slot, no
 * pending task, no report.
 */
import { expect } from "vitest";
import { allTasks, type Coroutine, type EventLoop } from "wasyncio";
import { liveSlots, virtualLoop } from "../core/collect.ts";

/** A loop for a trial, and what is to be checked at its end. */
export function beginTrial(): { loop: EventLoop; end: () => void } {
  const loop = virtualLoop();
  const reports: string[] = [];
  loop.setExceptionHandler((_loop, { message, exception }) => reports.push(`${message}: ${exception}`));
  liveSlots(loop);
  const before = liveSlots(loop);
  const end = () => {
    expect([...allTasks(loop)].map(String)).toEqual([]);
    expect(liveSlots(loop)).toEqual(before);
    expect(reports).toEqual([]);
    loop.close();
  };
  return { loop, end };
}

/** Runs a coroutine to its end; answers its result. */
export function trial<T>(main: () => Coroutine<T>): T {
  const { loop, end } = beginTrial();
  const result = loop.runSync(main());
  end();
  return result;
}

/** As `trial`, for async functions. */
export async function trialAsync<T>(main: () => Promise<T>): Promise<T> {
  const { loop, end } = beginTrial();
  const result = await loop.runUntilComplete(main);
  end();
  return result;
}

/** What waiting for it gives, in words: `returned 5`, `LoopError ERR_NOT_ACQUIRED`, `RangeError bad`. */
export function* outcomeOf(awaitable: Iterable<unknown>): Coroutine<string> {
  try {
    return `returned ${yield* awaitable as Coroutine<unknown>}`;
  } catch (error) {
    return inWords(error);
  }
}

/** The same of a plain call. */
export function outcomeOfCall(call: () => unknown): string {
  try {
    return `returned ${call()}`;
  } catch (error) {
    return inWords(error);
  }
}

/** The same of a promise. */
export async function outcomeOfPromise(promise: PromiseLike<unknown>): Promise<string> {
  try {
    return `returned ${await promise}`;
  } catch (error) {
    return inWords(error);
  }
}

function inWords(error: unknown): string {
  const { name, code, message } = error as { name: string; code?: string; message: string };
  return `${name} ${code ?? message}`;
}
