/** How late a periodic callback comes while much else is pending and the collector has work to do. */
import { newEventLoop } from "wasyncio";
import { quantile } from "../measure/statistics.ts";
import { randomNumbers } from "./random.ts";
import { clearAll, TIMEOUTS_MAX } from "./timeouts.ts";
import type { MeasuringSide, Workload } from "./workload.ts";

const PERIOD_MS = 1;
const FAR_MS_MIN = 60_000;
const FAR_MS_MAX = 120_000;
/** p99.9 of this many is decided by the two worst. */
const TICKS = 2000;
/** Ticks that do not count, while the engine learns. */
const WARMUP_TICKS = 200;
/** Objects that each tick leaves behind, and how many ticks they live: long enough to reach the old generation. */
const OBJECTS_PER_TICK = 2000;
const TICKS_ALIVE = 200;

const nothing = () => {};

/** Sets a timer that is due after the given milliseconds. */
type SetTimer = (delayMs: number, callback: () => void) => void;

/** Ticks: each asks for the next when it comes, notes how late it is, and makes rubbish. */
function tick(setTimer: SetTimer, done: (lateMs: readonly number[]) => void): void {
  const lateMs: number[] = [];
  const alive = aliveAfterWarmingUp();
  let ticks = 0;
  let dueMs = 0;
  const onTick = () => {
    const late = performance.now() - dueMs;
    if (++ticks > WARMUP_TICKS) lateMs.push(late);
    if (lateMs.length === TICKS) {
      done(lateMs);
      return;
    }
    alive[ticks % TICKS_ALIVE] = makeObjects(ticks);
    dueMs = performance.now() + PERIOD_MS;
    setTimer(PERIOD_MS, onTick);
  };
  dueMs = performance.now() + PERIOD_MS;
  setTimer(PERIOD_MS, onTick);
}

/**
 * One function for all contenders of a process, though the twin comes with a copy of this module: once the engine has learnt
 * that a function's objects live long, it makes them where the collector need not move them, and whoever came second
 * would seem to have no jitter.
 */
const shared = globalThis as { makeObjectsOfJitter?: (seed: number) => object[] };
shared.makeObjectsOfJitter ??= (seed) => {
  const objects: object[] = [];
  for (let i = 0; i < OBJECTS_PER_TICK; i++) objects.push({ seed, text: `${i}` });
  return objects;
};
const makeObjects = shared.makeObjectsOfJitter;

/** Enough of it for the engine to have learnt where such objects belong, whoever ticks first. */
function aliveAfterWarmingUp(): object[][] {
  const alive: object[][] = [];
  for (let i = 0; i < 5 * TICKS_ALIVE; i++) alive[i % TICKS_ALIVE] = makeObjects(i);
  return alive;
}

function figures(lateMs: readonly number[]): Record<string, number> {
  return {
    p50: quantile(lateMs, 0.5),
    p99: quantile(lateMs, 0.99),
    "p99.9": quantile(lateMs, 0.999),
    worst: quantile(lateMs, 1),
  };
}

export const jitter: Workload = {
  name: "jitter",
  title: "jitter",
  about: `How late a callback every ${PERIOD_MS} ms comes, over ${TICKS} of them, while N timers are pending and each callback leaves ${OBJECTS_PER_TICK} objects to the collector.`,
  unit: "ms",
  per: "callback",
  sizeOf: "timers pending",
  figures: ["p50", "p99", "p99.9", "worst"],
  sizes: [1000, 1_000_000],
  quickSizes: [1_000_000],
  contenders: {
    wasyncio: {
      start: (size): MeasuringSide => {
        const loop = newEventLoop();
        for (const delayMs of randomNumbers(size, FAR_MS_MIN, FAR_MS_MAX)) loop.callLater(delayMs, nothing);
        return {
          measure: async () => {
            const done = loop.createFuture<readonly number[]>();
            loop.callSoon(() =>
              tick(
                (delayMs, callback) => loop.callLater(delayMs, callback),
                (lateMs) => done.setResult(lateMs),
              ),
            );
            return figures(await loop.runUntilComplete(done));
          },
          end: () => loop.close(),
        };
      },
    },
    setTimeout: {
      sizeMax: TIMEOUTS_MAX,
      start: (size): MeasuringSide => {
        const timeouts: ReturnType<typeof setTimeout>[] = [];
        for (const delayMs of randomNumbers(size, FAR_MS_MIN, FAR_MS_MAX))
          timeouts.push(setTimeout(nothing, delayMs));
        return {
          measure: async () =>
            figures(
              await new Promise((done) => tick((delayMs, callback) => setTimeout(callback, delayMs), done)),
            ),
          end: () => clearAll(timeouts),
        };
      },
    },
  },
};
