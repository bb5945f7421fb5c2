/**
 * Owns what differs between hosts in measuring: how fine the clock is, whether garbage can be collected on demand, and
 * what can be learnt of memory. All by asking, since the same bundle runs on several hosts.
 */

import type { ClockName } from "../results.ts";
import type { Clock } from "../workloads/workload.ts";

interface MemoryUsage {
  readonly heapUsed: number;
  /** Beside the heap: what typed arrays and WebAssembly take. */
  readonly external: number;
}

/** What the hosts have that not all of them have. */
interface HostGlobals {
  readonly gc?: () => void;
  readonly Bun?: { gc(force: boolean): void };
  readonly process?: {
    memoryUsage?(): MemoryUsage;
    /** Microseconds. */
    cpuUsage?(): { readonly user: number; readonly system: number };
    getBuiltinModule?(name: string): unknown;
  };
  readonly navigator?: { readonly userAgent?: string };
}

const hostGlobals = globalThis as unknown as HostGlobals;

export const isWorkerd = hostGlobals.navigator?.userAgent === "Cloudflare-Workers";

/** Steps of the clock that are looked for. */
const STEPS = 5;
const LOOKS_MAX = 50_000_000;

const wallClock: Clock = () => performance.now();

/** The host's clock of that name; the wall's where the host has no other. The processor's counts what all threads of the process do. */
export function clockOf(name: ClockName = "wall"): Clock {
  const { process } = hostGlobals;
  if (name === "wall" || typeof process?.cpuUsage !== "function") return wallClock;
  return () => {
    const { user, system } = process.cpuUsage!();
    return (user + system) / 1000;
  };
}

/** The smallest step of a clock, in milliseconds. Throws where the clock stands still while code runs. */
export function clockStepMs(clock: Clock = wallClock): number {
  let smallestMs = Number.POSITIVE_INFINITY;
  let lastMs = clock();
  let steps = 0;
  for (let looks = 0; looks < LOOKS_MAX && steps < STEPS; looks++) {
    const nowMs = clock();
    if (nowMs === lastMs) continue;
    smallestMs = Math.min(smallestMs, nowMs - lastMs);
    lastMs = nowMs;
    steps++;
  }
  if (steps === 0) {
    throw new Error("this host's clock stands still while code runs, so nothing can be measured on it");
  }
  return smallestMs;
}

export const collects = hostGlobals.gc !== undefined || hostGlobals.Bun !== undefined;

/** Collects garbage, in full, where the host lets us. */
export function collectGarbage(): void {
  if (hostGlobals.gc !== undefined) hostGlobals.gc();
  else hostGlobals.Bun?.gc(true);
}

/** Whether bytes per object can be measured: a figure is worth something only after a full collection. */
export function seesMemory(): boolean {
  return hostGlobals.gc !== undefined && typeof hostGlobals.process?.memoryUsage === "function";
}

/** What is alive, after a full collection. */
export function memoryInUse(): MemoryUsage {
  // Twice: the first may leave what finalizers still had to see.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = hostGlobals.process!.memoryUsage!();
  return { heapUsed, external };
}

/** One of Node's modules, on hosts that have them; loaded without an import, which browsers' bundles could not have. */
export function builtinModule<T>(name: string): T | undefined {
  return hostGlobals.process?.getBuiltinModule?.(name) as T | undefined;
}
