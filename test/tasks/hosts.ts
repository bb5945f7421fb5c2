/**
 * Owns hosts for tests that need one with something missing or replaced.
 */
import type { Host } from "wasyncio";
import { makeDefaultHost } from "../../src/host/host.ts";

/** This runtime's host, as one that offers nothing but what every host must, with some of it replaced. */
export function bareHost(replaced: Partial<Host> = {}): Host {
  const host = makeDefaultHost();
  return {
    name: "bare",
    sliceMs: host.sliceMs,
    now: () => host.now(),
    wakeSoon: (wake) => host.wakeSoon(wake),
    wakeAt: (deadlineMs, wake) => host.wakeAt(deadlineMs, wake),
    keepAlive: (on) => host.keepAlive(on),
    writeError: (text) => host.writeError(text),
    ...replaced,
  };
}
