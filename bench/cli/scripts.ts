/**
 * Owns the measuring of what needs a process of its own for each sample: small scripts that take turns, each of which prints
 * one number. Knows nothing of what they do.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "../../hosts/child.ts";
import type { CommandDriver } from "../../hosts/process.ts";
import { toSeries } from "../measure/statistics.ts";
import { type ClockName, OURS, type Result } from "../results.ts";
import { TIME } from "../workloads/workload.ts";
import type { Progress } from "./progress.ts";

export interface ScriptOptions {
  readonly workload: string;
  readonly size: number;
  /** The texts, by contenders; undefined where a contender is not there. */
  readonly scripts: Readonly<Record<string, string | undefined>>;
  /** The one whose number is taken off those of the others in the same round, and has no place in the result. */
  readonly baseline?: string;
  readonly rounds: number;
  readonly progress: Progress;
}

/** An expression for a script: milliseconds since its process began, or those in which a processor worked for it. */
export const NOW: Readonly<Record<ClockName, string>> = {
  wall: "performance.now()",
  processor: "(({ user, system }) => (user + system) / 1000)(process.cpuUsage())",
};

const TIMEOUT_MS = 30_000;

export async function measureScripts(driver: CommandDriver, options: ScriptOptions): Promise<Result> {
  const { workload, size, baseline, rounds, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), "wasyncio-scripts-"));
  try {
    const scripts = await writeScripts(folder, options);
    const samples: Record<string, number[][]> = {};
    for (const [name, path] of scripts) {
      // Once for nothing: the files are read from the disk.
      if (await canSay(driver, path, name === OURS || name === baseline)) samples[name] = [];
      else scripts.delete(name);
    }
    for (let round = 0; round < rounds; round++) {
      progress.show(`round ${round + 1} of ${rounds}`);
      for (const [name, path] of scripts) samples[name]!.push([await say(driver, path)]);
    }
    const { [baseline ?? ""]: base, ...others } = samples;
    for (const rows of Object.values(others))
      rows.forEach((row, round) => {
        row[0]! -= base?.[round]?.[0] ?? 0;
      });
    const series = Object.entries(others).map(([name, all]) =>
      toSeries(name, all, name === OURS ? undefined : others[OURS]),
    );
    return { workload, figure: TIME, size, series };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeScripts(folder: string, { scripts }: ScriptOptions): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const [name, text] of Object.entries(scripts)) {
    if (text === undefined) continue;
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, text);
    paths.set(name, path);
  }
  return paths;
}

/** Not every host can import every peer as it lies there; ours and the baseline must work. */
async function canSay(driver: CommandDriver, path: string, mustWork: boolean): Promise<boolean> {
  try {
    await say(driver, path);
    return true;
  } catch (error) {
    if (mustWork) throw error;
    return false;
  }
}

async function say(driver: CommandDriver, path: string): Promise<number> {
  const [file, args] = driver.command();
  const { code, stdout, stderr } = await runChild(file, [...args, path], { timeoutMs: TIMEOUT_MS });
  const said = Number.parseFloat(stdout);
  if (code !== 0 || Number.isNaN(said)) throw new Error(`a script ended with ${code}: ${stderr}`);
  return said;
}
