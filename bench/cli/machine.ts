/** Owns what is reported about the machine, so that figures can be put into context. */
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import type { Machine } from "../results.ts";

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? "unknown",
    cores: all.length,
    memoryBytes: totalmem(),
    platform: platform(),
    arch: arch(),
    release: release(),
    load: loadavg()[0] ?? 0,
  };
}
