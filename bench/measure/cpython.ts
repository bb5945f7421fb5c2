/**
 * Owns CPython's part: a process for each turn, so that its turns lie between those of the others. Only on hosts that can
 * start processes, and only what cpython.py knows.
 */
import type * as ChildProcess from "node:child_process";
import type { ProgramConfig } from "../results.ts";
import type { Workload } from "../workloads/workload.ts";
import { builtinModule } from "./host.ts";
import type { Player } from "./turns.ts";

const SAMPLES = 3;
const WARMUPS = 2;
const TIMEOUT_MS = 120_000;

export function pythonPlayers(
  workload: Workload,
  size: number,
  { python, quick, clock = "wall" }: ProgramConfig,
): Player[] {
  if (!python?.workloads.includes(workload.name)) return [];
  const [figure = ""] = workload.figures;
  return python.loops.map((loop) => ({
    name: loop,
    turn: async () => {
      const { spawnSync } = builtinModule<typeof ChildProcess>("node:child_process")!;
      const numbers = (quick ? [size, 1, 1] : [size, SAMPLES, WARMUPS]).map(String);
      const { status, stdout, stderr, error } = spawnSync(
        python.path,
        [python.script, workload.name, loop, ...numbers, clock],
        { encoding: "utf8", timeout: TIMEOUT_MS, killSignal: "SIGKILL" },
      );
      if (error !== undefined) throw error;
      if (status !== 0) throw new Error(`cpython.py ${workload.name} ended with ${status}: ${stderr}`);
      return { [figure]: JSON.parse(stdout) as number[] };
    },
  }));
}
