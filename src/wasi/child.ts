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
  /** The next message of who has started this process. */
  receive(): unknown;
}

export function runInChild(beginning: ChildBeginning & { readonly merges: boolean }, host: ChildHost): void {
  const { config, merges } = beginning;
  let { input } = beginning;
  /** How many bytes of stdin have been taken. */
  let taken = 0;
  // Not before, since this is part of the worker's program too, which may have no such memory.
  const napping = new Int32Array(new SharedArrayBuffer(4));
  const streams: ProgramStreams = {
    clock: host.clock,
    read(max) {
      if (input === null) {
        const some = host.read(max);
        taken += some.length;
        return some;
      }
      const bytes = input.slice(0, max);
      input = input.subarray(bytes.length);
      return bytes;
    },
    waitReadable(timeoutMs) {
      if (input !== null) return true;
      // The process cannot ask its stdin without reading it; but who writes there knows how much it was.
      host.tell({ told: "polls", taken, timeoutMs });
      return host.receive() as boolean;
    },
    write: (fd, bytes) => host.write(merges ? 1 : fd, bytes),
    sleep: (durationMs) => void Atomics.wait(napping, 0, 0, durationMs),
  };
  const outcome = runProgram(config, streams, () => host.tell({ told: "started" }));
  host.tell({ told: "over", outcome });
}
