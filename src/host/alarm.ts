/**
 * Owns the one timer that a loop has with its host, on top of any `setTimeout`: never early, for any delay, even where the
 * clock stands still while code runs.
 */
import type { HostTimer } from "./host.ts";

/** Longer delays make `setTimeout` fire at once, so they are chained. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The part of a host that an alarm is made of. */
export interface AlarmParts<T> {
  now(): number;
  setTimeout(wake: () => void, delayMs: number): T;
  clearTimeout(timer: T): void;
}

/** Calls `wake` when `now()` has reached `deadlineMs`, or would have if it moved. */
export function setAlarm<T>(parts: AlarmParts<T>, deadlineMs: number, wake: () => void): HostTimer {
  let timer: T;
  let armedMs: number;
  const arm = (nowMs: number) => {
    armedMs = nowMs;
    // Hosts truncate fractions and may fire up to a millisecond early.
    const delayMs = Math.max(0, Math.ceil(deadlineMs - nowMs));
    timer = parts.setTimeout(onTimeout, Math.min(delayMs, TIMEOUT_MS_MAX));
  };
  const onTimeout = () => {
    const nowMs = parts.now();
    const isLast = deadlineMs - armedMs <= TIMEOUT_MS_MAX;
    // A clock that has not moved since then stands still, or has steps longer than the delay: trust the timer.
    if (nowMs >= deadlineMs || (nowMs === armedMs && isLast)) wake();
    else arm(nowMs);
  };
  arm(parts.now());
  return { cancel: () => parts.clearTimeout(timer) };
}
