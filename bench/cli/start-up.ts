/**
 * Owns the scripts of start-up. Each says how long its process had been alive when its first callback ran; what an empty
 * script says in the same round is taken off.
 */
import type { CommandDriver } from "../../hosts/process.ts";
import { OURS, type Result } from "../results.ts";
import { startUp } from "../workloads/start-up.ts";
import type { HostPlan } from "./measure-host.ts";
import { packageEntryFor } from "./programs.ts";
import { measureScripts, NOW } from "./scripts.ts";

const ROUNDS = 21;
const QUICK_ROUNDS = 7;
const EMPTY = "empty";

export function measureStartUp(driver: CommandDriver, { quick, clock, progress }: HostPlan): Promise<Result> {
  const say = `console.log(${NOW[clock]});`;
  return measureScripts(driver, {
    workload: startUp.name,
    size: 1,
    baseline: EMPTY,
    rounds: quick ? QUICK_ROUNDS : ROUNDS,
    progress,
    scripts: {
      [EMPTY]: say,
      [OURS]: `import { newEventLoop, sleep } from ${JSON.stringify(packageEntryFor(driver))};
        const loop = newEventLoop();
        loop.callSoon(() => { ${say} });
        await loop.runUntilComplete(sleep(0));`,
      effect: importing(
        "effect",
        (path) => `import { Effect } from ${path};
        await Effect.runPromise(Effect.sync(() => { ${say} }));`,
      ),
      effection: importing(
        "effection",
        (path) => `import { run } from ${path};
        await run(function* () { ${say} });`,
      ),
    },
  });
}

/** Only where it is installed: a bundle is not what a process would import. */
function importing(name: string, script: (path: string) => string): string | undefined {
  try {
    return script(JSON.stringify(import.meta.resolve(name)));
  } catch {
    return undefined;
  }
}
