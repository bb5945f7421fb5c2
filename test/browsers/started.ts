/** Owns looking at which processes were started from this one, whoever started them in between. Reads Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** The processes that run, those that have ended and wait for their parent left out. */
function running(): Running[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        // The name of a process may hold anything, brackets too.
        const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state === "Z" || state === "X") return [];
        return [{ pid: Number(name), parent: Number(parent), group: Number(group) }];
      } catch {
        return []; // It has just ended.
      }
    });
}

/** The processes that this one started, and those they started, also where a parent in between has ended. */
export function startedBy(root: number): number[] {
  const all = running();
  const pids = new Set([root]);
  const groups = new Set<number>();
  for (let size = 0; size !== pids.size; ) {
    size = pids.size;
    for (const { pid, parent, group } of all) {
      if (pid === root || !(pids.has(parent) || groups.has(group))) continue;
      pids.add(pid);
      // One that leads a group stands for it: what it started may have been left behind.
      if (pid === group) groups.add(group);
    }
  }
  pids.delete(root);
  return [...pids];
}

/** Those of them that still run. */
export function stillRunning(pids: readonly number[]): number[] {
  const all = new Set(running().map(({ pid }) => pid));
  return pids.filter((pid) => all.has(pid));
}
