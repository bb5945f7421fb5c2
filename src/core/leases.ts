/**
 * Owns the slots that the garbage collector gives back: of futures that have callbacks and no waiting task.
 * Knows nothing of when a future is leased.
 */
import type { Scheduler } from "./scheduler.ts";

interface Lease {
  readonly scheduler: Scheduler;
  readonly ref: number;
}

const leases = new FinalizationRegistry<Lease>(({ scheduler, ref }) => {
  if (!scheduler.closed) scheduler.calls.futureDrop(ref);
});

/** Gives the slot back when nobody holds the future any more. @internal */
export function leaseSlot(future: object, scheduler: Scheduler, ref: number): void {
  leases.register(future, { scheduler, ref }, future);
}

/** The future is settled, and its slot given back with that. @internal */
export function endLease(future: object): void {
  leases.unregister(future);
}
