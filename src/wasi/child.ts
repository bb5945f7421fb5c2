/**
 * Owns a program's side of a process of its own, whose streams hold up the thread by themselves. Knows of the process only
 * what it is handed.
 */
import type { ChildBeginning, ChildTold } from "./child-process.ts";
import { runProgram } from "./program.ts";
import type { ProgramStreams } from "./streams.ts";
import type { ProgramClock } from "./time.ts";

/** What the process has to offer. */
export interface ChildHost {
  readonly clock: ProgramClock;
  /** Up to so many bytes of stdin; none at the end. */
  read(max: number): Uint8Array;
  /** Writes all of it. @returns false when nobody reads. */
  write(fd: 1 | 2, bytes: Uint8Array): boolean;
  tell(told: ChildTold): void;
}

const napping = new Int32Array(new SharedArrayBuffer(4));

export function runInChild(beginning: ChildBeginning & { readonly merges: boolean }, host: ChildHost): void {
  const { config, merges } = beginning;
  let { input } = beginning;
  const streams: ProgramStreams = {
    clock: host.clock,
    read(max) {
      if (input === null) return host.read(max);
      const bytes = input.slice(0, max);
      input = input.subarray(bytes.length);
      return bytes;
    },
    // Whether there is something cannot be asked without reading it.
    waitReadable: () => true,
    write: (fd, bytes) => host.write(merges ? 1 : fd, bytes),
    sleep: (durationMs) => void Atomics.wait(napping, 0, 0, durationMs),
  };
  const outcome = runProgram(config, streams, () => host.tell({ told: "started" }));
  host.tell({ told: "over", outcome });
}
