/**
 * Owns the one timer a loop has at its host, on top of any `setTimeout`: never early, and for any distance.
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

/** Calls `wake` when `now()` has reached `deadlineMs`. */
export function setAlarm<T>(parts: AlarmParts<T>, deadlineMs: number, wake: () => void): HostTimer {
  let timer: T;
  const arm = () => {
    // Hosts cut fractions off and may fire up to a millisecond early.
    const delayMs = Math.max(0, Math.ceil(deadlineMs - parts.now()));
    timer = parts.setTimeout(onTimeout, Math.min(delayMs, TIMEOUT_MS_MAX));
  };
  const onTimeout = () => {
    if (parts.now() < deadlineMs) arm();
    else wake();
  };
  arm();
  return { cancel: () => parts.clearTimeout(timer) };
}
