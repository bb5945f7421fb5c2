/**
 * Owns when loops are woken on Node: with the next immediate, when all that is ready in the system has been told. Of a thousand
 * connections that takes so long that the processor has forgotten the first of them, and has to fetch each from memory again:
 * so once enough has come the loops are woken at once.
 */
import { setImmediate } from "node:timers";

/** So many bytes stay in the processor's caches, and so many more of each connection than it receives. */
const ARRIVED_BYTES_MAX = 160 * 1024;
const CONNECTION_BYTES = 4 * 1024;

let wakes: (() => void)[] = [];
let isImmediateSet = false;
let arrivedBytes = 0;

/** Calls `wake` soon. */
export function wakeSoon(wake: () => void): void {
  // There is hardly ever another, and an array that grows takes room for many.
  if (wakes.length === 0) wakes = [wake];
  else wakes.push(wake);
  if (isImmediateSet) return;
  isImmediateSet = true;
  setImmediate(onImmediate);
}

/** So much has come for a loop, which has been asked to be woken. */
export function noteArrival(bytes: number): void {
  arrivedBytes += bytes + CONNECTION_BYTES;
  if (arrivedBytes < ARRIVED_BYTES_MAX) return;
  arrivedBytes = 0;
  process.nextTick(wakeAll);
}

function onImmediate(): void {
  isImmediateSet = false;
  arrivedBytes = 0;
  wakeAll();
}

function wakeAll(): void {
  if (wakes.length === 0) return;
  const all = wakes;
  wakes = [];
  for (const wake of all) wake();
}
