/** Timers: set and cancelled, as time-outs are; set and fired; and set and cancelled among many that stay. */
import { newEventLoop, type TimerHandle } from "wasyncio";
import { randomNumbers } from "./random.ts";
import { clearAll, TIMEOUTS_MAX } from "./timeouts.ts";
import { type Clock, expectCount, TIME, type TimedSide, type Workload } from "./workload.ts";

/** Far enough away that none is due while it is measured. */
const FAR_MS_MIN = 60_000;
const FAR_MS_MAX = 120_000;
/** The deadlines of those that fire are within this many milliseconds. */
const NEAR_MS_MAX = 10;
const CHURNS = 100_000;

const TIMERS = {
  unit: "ns",
  per: "timer",
  sizeOf: "timers",
  figures: [TIME],
  sizes: [1000, 10_000, 100_000, 1_000_000],
  quickSizes: [1000, 100_000],
} as const;

const nothing = () => {};

export const timersSetCancel: Workload = {
  name: "timers-set-cancel",
  title: "timers, set and cancelled",
  about:
    "N timers with random deadlines are set, then all are cancelled in the order in which they were set.",
  ...TIMERS,
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        const delaysMs = randomNumbers(size, FAR_MS_MIN, FAR_MS_MAX);
        const handles: TimerHandle[] = new Array(size);
        const run = () => {
          for (let i = 0; i < size; i++) handles[i] = loop.callLater(delaysMs[i]!, nothing);
          for (let i = 0; i < size; i++) handles[i]!.cancel();
        };
        return { operations: size, run, end: () => loop.close() };
      },
    },
    setTimeout: {
      sizeMax: TIMEOUTS_MAX,
      start: (size) => {
        const delaysMs = randomNumbers(size, FAR_MS_MIN, FAR_MS_MAX);
        const timeouts: ReturnType<typeof setTimeout>[] = new Array(size);
        const run = () => {
          for (let i = 0; i < size; i++) timeouts[i] = setTimeout(nothing, delaysMs[i]!);
          for (let i = 0; i < size; i++) clearTimeout(timeouts[i]!);
        };
        return { operations: size, run };
      },
    },
  },
};

export const timersSetFire: Workload = {
  name: "timers-set-fire",
  title: "timers, set and fired",
  about: `N timers with random deadlines within ${NEAR_MS_MAX} ms are set; when all are overdue, all fire. The time in between does not count.`,
  ...TIMERS,
  contenders: {
    wasyncio: {
      start: (size, clock) => {
        const loop = newEventLoop();
        const delaysMs = randomNumbers(size, 1, NEAR_MS_MAX);
        const set = (callback: () => void) => {
          for (let i = 0; i < size; i++) loop.callLater(delaysMs[i]!, callback);
        };
        return {
          ...fireAll(size, clock, (begin) => {
            const done = loop.createFuture<void>();
            loop.callSoon(
              begin,
              set,
              () => done.setResult(),
              (error) => done.setException(error),
            );
            return loop.runUntilComplete(done);
          }),
          end: () => loop.close(),
        };
      },
    },
    setTimeout: {
      sizeMax: TIMEOUTS_MAX,
      start: (size, clock) => {
        const delaysMs = randomNumbers(size, 1, NEAR_MS_MAX);
        const set = (callback: () => void) => {
          for (let i = 0; i < size; i++) setTimeout(callback, delaysMs[i]!);
        };
        return fireAll(
          size,
          clock,
          (begin) => new Promise((resolve, reject) => setTimeout(begin, 0, set, resolve, reject)),
        );
      },
    },
  },
};

/** Sets the timers, and calls `done` when all have fired, or `fail` when they cannot be set. */
type Begin = (set: (callback: () => void) => void, done: () => void, fail: (error: unknown) => void) => void;

/** The same for all contenders: setting is timed, then nothing until all are overdue, then firing. */
function fireAll(size: number, clock: Clock, within: (begin: Begin) => Promise<void>): TimedSide {
  const run = async () => {
    let fired = 0;
    let setMs = 0;
    let firingBeganMs = 0;
    await within((set, done, fail) => {
      const beganMs = clock();
      try {
        set(() => {
          if (++fired === size) done();
        });
      } catch (error) {
        fail(error);
      }
      setMs = clock() - beganMs;
      const overdueMs = performance.now() + NEAR_MS_MAX + 1;
      while (performance.now() < overdueMs);
      firingBeganMs = clock();
    });
    const countedMs = setMs + (clock() - firingBeganMs);
    expectCount("timers fired", fired, size);
    return { countedMs };
  };
  return { operations: size, run };
}

export const timersChurn: Workload = {
  name: "timers-churn",
  title: "timers, churn",
  about: "While N timers are pending, each operation cancels one of them and sets another.",
  ...TIMERS,
  per: "replacement",
  sizeOf: "timers pending",
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        const delaysMs = randomNumbers(CHURNS, FAR_MS_MIN, FAR_MS_MAX);
        const victims = randomNumbers(CHURNS, 0, size);
        const handles: TimerHandle[] = [];
        for (let i = 0; i < size; i++) handles.push(loop.callLater(delaysMs[i % CHURNS]!, nothing));
        const run = () => {
          for (let i = 0; i < CHURNS; i++) {
            const victim = Math.trunc(victims[i]!);
            handles[victim]!.cancel();
            handles[victim] = loop.callLater(delaysMs[i]!, nothing);
          }
        };
        return { operations: CHURNS, run, end: () => loop.close() };
      },
    },
    setTimeout: {
      sizeMax: TIMEOUTS_MAX,
      start: (size) => {
        const delaysMs = randomNumbers(CHURNS, FAR_MS_MIN, FAR_MS_MAX);
        const victims = randomNumbers(CHURNS, 0, size);
        const timeouts: ReturnType<typeof setTimeout>[] = [];
        for (let i = 0; i < size; i++) timeouts.push(setTimeout(nothing, delaysMs[i % CHURNS]!));
        const run = () => {
          for (let i = 0; i < CHURNS; i++) {
            const victim = Math.trunc(victims[i]!);
            clearTimeout(timeouts[victim]!);
            timeouts[victim] = setTimeout(nothing, delaysMs[i]!);
          }
        };
        return { operations: CHURNS, run, end: () => clearAll(timeouts) };
      },
    },
  },
};
