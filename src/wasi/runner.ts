/**
 * Owns what it takes to run a program somewhere, and the place where the entry of `wasyncio/wasi` puts how the host does it.
 */

import type { HostFolders } from "../host/folders.ts";
import type { HostProcess } from "../host/processes.ts";
import type { ProgramConfig, Tree } from "./config.ts";

/** Where a program's stream leads: to a pipe, nowhere, or, for stderr, where stdout goes. */
export type ProgramStdio = "pipe" | "ignore" | "merge";

/** A program that is to be run. */
export interface ProgramCommand {
  readonly config: ProgramConfig;
  /** All there is to read; null for a pipe. */
  readonly input: Uint8Array | null;
  readonly stdout: Exclude<ProgramStdio, "merge">;
  readonly stderr: ProgramStdio;
  /** Told of the trees that come back, before the process is told to have ended. */
  readonly returned: (trees: readonly (Tree | null)[]) => void;
}

/** How a host runs programs. */
export interface ProgramRunner {
  /** Why input cannot come through a pipe, or undefined if it can. */
  readonly pipeRefusal: string | undefined;
  readonly folders: HostFolders | undefined;
  run(command: ProgramCommand): HostProcess;
}

let provided: ProgramRunner | undefined;

/** Each entry of `wasyncio/wasi` does so once. */
export function provideRunner(runner: ProgramRunner): void {
  provided = runner;
}

export function providedRunner(): ProgramRunner {
  if (provided === undefined) throw new Error("import wasyncio/wasi by its name, not a file inside it");
  return provided;
}
