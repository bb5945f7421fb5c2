/** Owns the scripts of native awaits: the same awaits in a process with async functions on the loop, with generators, and without. */
import type { CommandDriver } from "../../hosts/process.ts";
import { OURS, type Result } from "../results.ts";
import { nativeAwaits } from "../workloads/native-awaits.ts";
import { GENERATORS } from "../workloads/workload.ts";
import type { HostPlan } from "./measure-host.ts";
import { packageEntryFor } from "./programs.ts";
import { measureScripts, NOW } from "./scripts.ts";

const ROUNDS = 15;
const QUICK_ROUNDS = 5;
const WARMUPS = 3;
const REPEATS = 10;

export function measureNativeAwaits(
  driver: CommandDriver,
  { quick, clock, progress }: HostPlan,
): Promise<Result> {
  const [size] = quick ? nativeAwaits.quickSizes : nativeAwaits.sizes;
  const measure = `
    async function awaitAll() {
      for (let i = 0; i < ${size}; i++) await undefined;
    }
    async function measure() {
      for (let i = 0; i < ${WARMUPS}; i++) await awaitAll();
      const beganMs = ${NOW[clock]};
      for (let i = 0; i < ${REPEATS}; i++) await awaitAll();
      console.log((${NOW[clock]} - beganMs) * 1e6 / ${REPEATS * size!});
    }`;
  const within = (
    main: string,
  ) => `import { adopt, run, sleep } from ${JSON.stringify(packageEntryFor(driver))};
    ${measure}
    await run(${main});`;
  return measureScripts(driver, {
    workload: nativeAwaits.name,
    size: size!,
    rounds: quick ? QUICK_ROUNDS : ROUNDS,
    progress,
    scripts: {
      [OURS]: within("async () => { await sleep(0); await measure(); }"),
      [GENERATORS]: within("function* () { yield* sleep(0); yield* adopt(measure()); }"),
      native: `${measure} await measure();`,
    },
  });
}
