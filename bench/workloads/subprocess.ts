/** Processes, from their start to their end: what the loop adds to what the system and the host take. */
import type * as Processes from "node:child_process";
import { newEventLoop } from "wasyncio";
import { createSubprocessExec, DEVNULL } from "wasyncio/subprocess";
import { builtinModule, isWorkerd } from "../measure/host.ts";
import { type Contender, expectCount, TIME, type Workload } from "./workload.ts";

const PROGRAM = "true";

const processes = () => builtinModule<typeof Processes>("node:child_process");
const hasProcesses = () => !isWorkerd && processes() !== undefined;

const byLoop: Contender = {
  exists: hasProcesses,
  start(size) {
    const loop = newEventLoop();
    const nowhere = { stdin: DEVNULL, stdout: DEVNULL, stderr: DEVNULL };
    function* startAll() {
      for (let i = 0; i < size; i++) {
        const child = yield* createSubprocessExec(PROGRAM, nowhere);
        expectCount("returncode", yield* child.wait(), 0);
      }
    }
    return { operations: size, run: () => loop.runUntilComplete(startAll()), end: () => loop.close() };
  },
};

const byHost: Contender = {
  exists: hasProcesses,
  start(size) {
    const { spawn } = processes() as typeof Processes;
    const one = () =>
      new Promise<number | null>((resolve, reject) => {
        spawn(PROGRAM, [], { stdio: "ignore" }).once("exit", resolve).once("error", reject);
      });
    return {
      operations: size,
      run: async () => {
        for (let i = 0; i < size; i++) expectCount("returncode", (await one()) ?? -1, 0);
      },
    };
  },
};

export const subprocess: Workload = {
  name: "subprocess",
  title: "a process, from start to end",
  about: `N processes of the program '${PROGRAM}', one after the other.`,
  unit: "ns",
  per: "process",
  sizeOf: "processes",
  figures: [TIME],
  sizes: [20],
  quickSizes: [20],
  contenders: { wasyncio: byLoop, "node:child_process": byHost },
};
