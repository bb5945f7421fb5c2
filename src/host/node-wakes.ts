/**
 * Owns when loops are woken on Node: with the next immediate, when all that is ready in the system has been told. Of a thousand
 * connections that takes so long that the processor has forgotten the first of them, and has to fetch each from memory again:
 * so after a few arrivals the loops are woken at once.
 */
import { setImmediate } from "node:timers";

/** A few dozen connections stay in the processor's caches. */
const ARRIVALS_MAX = 32;

let wakes: (() => void)[] = [];
let isImmediateSet = false;
let arrivals = 0;

/** Calls `wake` soon. */
export function wakeSoon(wake: () => void): void {
  wakes.push(wake);
  if (isImmediateSet) return;
  isImmediateSet = true;
  setImmediate(onImmediate);
}

/** Something has come for a loop, which has been asked to be woken. */
export function noteArrival(): void {
  if (++arrivals < ARRIVALS_MAX) return;
  arrivals = 0;
  process.nextTick(wakeAll);
}

function onImmediate(): void {
  isImmediateSet = false;
  arrivals = 0;
  wakeAll();
}

function wakeAll(): void {
  if (wakes.length === 0) return;
  const all = wakes;
  wakes = [];
  for (const wake of all) wake();
}
