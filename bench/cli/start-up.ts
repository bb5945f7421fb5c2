/**
 * Owns the measuring of start-up: small scripts, each in a process of its own, taking turns. Each says how long its process had
 * been alive when its first callback ran; what an empty script says in the same round is taken off.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "../../hosts/child.ts";
import type { CommandDriver } from "../../hosts/process.ts";
import { toSeries } from "../measure/statistics.ts";
import { OURS, type Result } from "../results.ts";
import { startUp } from "../workloads/start-up.ts";
import { TIME } from "../workloads/workload.ts";
import { packageEntryFor } from "./programs.ts";
import type { Progress } from "./progress.ts";

const ROUNDS = 21;
const QUICK_ROUNDS = 7;
const TIMEOUT_MS = 30_000;
const EMPTY = "empty";

/** The time since the process began. */
const SAY = "console.log(performance.now());";

export async function measureStartUp(
  driver: CommandDriver,
  { quick, progress }: { readonly quick: boolean; readonly progress: Progress },
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "wasyncio-start-up-"));
  try {
    const scripts = await writeScripts(folder, driver);
    const rounds = quick ? QUICK_ROUNDS : ROUNDS;
    const samples: Record<string, number[][]> = {};
    for (const [name, path] of scripts) {
      // Once for nothing: the files are read from the disk.
      if (await canSay(driver, name, path)) samples[name] = [];
      else scripts.delete(name);
    }
    for (let round = 0; round < rounds; round++) {
      progress.show(`round ${round + 1} of ${rounds}`);
      const emptyMs = await say(driver, scripts.get(EMPTY)!);
      for (const [name, path] of scripts) {
        if (name !== EMPTY) samples[name]!.push([(await say(driver, path)) - emptyMs]);
      }
    }
    const series = Object.entries(samples)
      .filter(([name]) => name !== EMPTY)
      .map(([name, all]) => toSeries(name, all, name === OURS ? undefined : samples[OURS]));
    return { workload: startUp.name, figure: TIME, size: 1, series };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The peers only where they are installed: a bundle is not what a process would import. */
async function writeScripts(folder: string, driver: CommandDriver): Promise<Map<string, string>> {
  const texts: Record<string, string | undefined> = {
    [EMPTY]: SAY,
    [OURS]: `import { newEventLoop, sleep } from ${JSON.stringify(packageEntryFor(driver))};
      const loop = newEventLoop();
      loop.callSoon(() => { ${SAY} });
      await loop.runUntilComplete(sleep(0));`,
    effect: importing(
      "effect",
      (path) => `import { Effect } from ${path};
      await Effect.runPromise(Effect.sync(() => { ${SAY} }));`,
    ),
    effection: importing(
      "effection",
      (path) => `import { run } from ${path};
      await run(function* () { ${SAY} });`,
    ),
  };
  const paths = new Map<string, string>();
  for (const [name, text] of Object.entries(texts)) {
    if (text === undefined) continue;
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, text);
    paths.set(name, path);
  }
  return paths;
}

function importing(name: string, script: (path: string) => string): string | undefined {
  try {
    return script(JSON.stringify(import.meta.resolve(name)));
  } catch {
    return undefined;
  }
}

/** Not every host can import every peer as it lies there; ours and the empty script must work. */
async function canSay(driver: CommandDriver, name: string, path: string): Promise<boolean> {
  try {
    await say(driver, path);
    return true;
  } catch (error) {
    if (name === OURS || name === EMPTY) throw error;
    return false;
  }
}

async function say(driver: CommandDriver, path: string): Promise<number> {
  const [file, args] = driver.command();
  const { code, stdout, stderr } = await runChild(file, [...args, path], { timeoutMs: TIMEOUT_MS });
  const ms = Number.parseFloat(stdout);
  if (code !== 0 || Number.isNaN(ms)) throw new Error(`a script ended with ${code}: ${stderr}`);
  return ms;
}
