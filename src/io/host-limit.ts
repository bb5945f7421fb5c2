/**
 * Owns the time limits of what a host's network does by itself: a handshake, the last bytes before the end. They pass in the
 * host's own time. A virtual clock jumps ahead while it waits for a peer, and with a limit of the loop's no handshake would ever
 * be in time.
 */
import type { EventLoop } from "../core/loop.ts";

/** Calls `over` in a turn of the loop once that much of the host's time has passed. To be cancelled when the loop is closed. */
export function limitHost(loop: EventLoop, limitMs: number, over: () => void): { cancel(): void } {
  const { real } = loop.scheduler.host;
  if (real === undefined) return loop.callLater(limitMs, over);
  return real.wakeAt(real.now() + limitMs, () => loop.callSoon(over));
}
