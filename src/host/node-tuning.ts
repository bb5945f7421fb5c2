/**
 * Owns how a connection of `node:net` is told of delays and probes, in the way that works on each runtime with that module. Knows
 * nothing of where connections come from.
 */
import type { Socket } from "node:net";
import type { HostTuning } from "./network.ts";

/** What Linux counts at most, in seconds. */
const PROBE_S_MAX = 32_767;

/** The silence before the first probe, as `node:net` takes it: it cuts off what is not a whole second, and 0 would be the system's two hours. */
export function probeDelayMs(keepAliveMs: number): number {
  return Math.min(Math.ceil(keepAliveMs / 1000), PROBE_S_MAX) * 1000;
}

/** Tells a connection that is there. */
export function tune(socket: Socket, { noDelay, keepAliveMs }: HostTuning): void {
  // Bun sends without delay by itself, which it does not know: only what was switched on can be switched off.
  socket.setNoDelay(true);
  if (!noDelay) socket.setNoDelay(false);
  if (keepAliveMs !== undefined) socket.setKeepAlive(true, probeDelayMs(keepAliveMs));
}
