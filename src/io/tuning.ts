/**
 * Owns what users say of a connection's delays and probes, whichever side makes it.
 */
import { checkBoolean, checkMsAboveZero } from "../core/checks.ts";
import type { HostTuning } from "../host/network.ts";

const TWO_HOURS_MS = 7_200_000;

/** How the system treats a connection. */
export interface TuningOptions {
  /** Whether small writes are sent at once, without waiting for more; by default true. */
  readonly noDelay?: boolean | undefined;
  /**
   * After how many milliseconds of silence the system asks whether the other side is there, which systems count in whole seconds: what
   * is between is rounded up. True for two hours.
   */
  readonly keepAlive?: boolean | number | undefined;
}

export const TUNING_OPTIONS = ["noDelay", "keepAlive"] as const;

/** What was said, checked. @throws ArgumentError. @internal */
export function tuningOf(caller: string, { noDelay = true, keepAlive = false }: TuningOptions): HostTuning {
  checkBoolean(caller, "noDelay", noDelay);
  if (typeof keepAlive === "boolean") return { noDelay, keepAliveMs: keepAlive ? TWO_HOURS_MS : undefined };
  return { noDelay, keepAliveMs: checkMsAboveZero(caller, "keepAlive", keepAlive) };
}
