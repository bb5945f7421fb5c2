/**
 * Owns CPython's part: a process for each turn, so that its turns lie between those of the others. Only on hosts that can
 * start processes, and only what cpython.py knows.
 */
import type { ProgramConfig } from "../results.ts";
import type { Workload } from "../workloads/workload.ts";
import { runForATurn } from "./child.ts";
import type { Player } from "./turns.ts";

const SAMPLES = 3;
const WARMUPS = 2;

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
      const numbers = (quick ? [size, 1, 1] : [size, SAMPLES, WARMUPS]).map(String);
      const args = [python.script, workload.name, loop, ...numbers, clock];
      const stdout = runForATurn(python.path, args);
      return { [figure]: JSON.parse(stdout) as number[] };
    },
  }));
}
