/** Owns the processes that a program starts for a turn, and waits for: nothing else is to run meanwhile. */
import type * as ChildProcess from "node:child_process";
import { builtinModule } from "./host.ts";

const TIMEOUT_MS = 120_000;

/** What it wrote to the standard output. Throws unless it ended well. */
export function runForATurn(file: string, args: readonly string[]): string {
  const { spawnSync } = builtinModule<typeof ChildProcess>("node:child_process")!;
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(/^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? `it ended with ${status}: ${stderr}`);
  return stdout;
}
