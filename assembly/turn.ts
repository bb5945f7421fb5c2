/**
 * One iteration of the loop, as asyncio's `_run_once` has it: what ran leaves the ring, what is due joins it, and what
 * stands there now is the batch. What becomes ready while the batch runs waits for the next turn.
 *
 * The core decides when and in what order; it never calls JavaScript, so nothing can re-enter it.
 */
import { KIND_HANDLE } from "./abi";
import { slotTake } from "./arena";
import { readyCount, readyPublish, readyPushLast, readyRelease } from "./ready";
import { Slot, State } from "./records";
import { timersExpire } from "./timers";

/** Ends the last batch, of which `ran` entries have run, and begins the next. Answers its length. */
export function turn(nowMs: f64, ran: u32): u32 {
  readyRelease(ran);
  timersExpire(nowMs);
  readyPublish();
  return readyCount();
}

/** A callback for the next turn. */
export function handleQueue(): Slot {
  const slot = slotTake(KIND_HANDLE, State.HANDLE_QUEUED);
  readyPushLast(slot);
  return slot;
}
