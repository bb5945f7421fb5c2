/** Owns how far the host's own timers can be taken. */
import { isWorkerd } from "../measure/host.ts";

export const TIMEOUTS_MAX = timeoutsMax();

/**
 * workerd allows 10,000 at a time, immediates among them. Browsers are not made for many either: 100,000 pending timeouts cost
 * Firefox half a millisecond each.
 */
function timeoutsMax(): number {
  if (isWorkerd) return 5000;
  return typeof setImmediate === "function" ? 1_000_000 : 10_000;
}

export function clearAll(timeouts: readonly ReturnType<typeof setTimeout>[]): void {
  for (const timeout of timeouts) clearTimeout(timeout);
}
