/**
 * Owns cancelling futures that override `cancel`, such as `gather`'s: where they wait for one another in a
 * cycle, the request comes back to one that is passing it on, and ends there. Knows nothing of what waits for what.
 */
import type { Future } from "./future.ts";

const cancelsUnderWay = new Set<Future<unknown>>();

/** Cancels a future. "circular": that is already in progress, further up this very call. @internal */
export function askToCancel(
  future: Future<unknown>,
  message: string | undefined,
): "done" | "refused" | "circular" {
  if (cancelsUnderWay.has(future)) return "circular";
  cancelsUnderWay.add(future);
  try {
    return future.cancel(message) ? "done" : "refused";
  } finally {
    cancelsUnderWay.delete(future);
  }
}
