/**
 * What a workload is: one thing to do, done by several contenders in the same way and counted in the same unit. Knows
 * nothing of how it is measured. A workload is written once against "wasyncio"; the build bundles it a second time with
 * the twin in wasyncio's place, and CPython's side of it is the program of the same name in cpython.py.
 */
import { OURS, type WorkloadInfo } from "../results.ts";

export interface Workload extends WorkloadInfo {
  /** The values of N, in rising order. */
  readonly sizes: readonly number[];
  /** What --quick measures at: some of the sizes. */
  readonly quickSizes: readonly number[];
  /** By their names, in the order of tables. */
  readonly contenders: Readonly<Record<string, Contender>>;
}

/** One way to do what the workload is about. */
export interface Contender {
  /** Whether the host has what it takes; everywhere unless given. */
  readonly exists?: () => boolean | Promise<boolean>;
  /** Where its figure is how long the host makes it wait: the words on that. */
  readonly floor?: string;
  /** The largest N that it is asked for, where more would take minutes. */
  readonly sizeMax?: number;
  /** Prepares everything that is not to be measured. What times itself does so by the clock that it is given, in milliseconds. */
  readonly start: (size: number, clock: Clock) => Side | Promise<Side>;
}

/** Answers milliseconds from some beginning: of time that passes, or of the processor's. */
export type Clock = () => number;

/** A contender made ready: what is timed from outside, or what measures itself. */
export type Side = TimedSide | MeasuringSide;

export interface TimedSide {
  /** How many operations one run has. */
  readonly operations: number;
  /** Does them once. Throws unless it was done in full. */
  run(): Sample | Promise<Sample>;
  /** Gives up what `start` took. */
  end?(): unknown;
}

/** Nothing where the whole run counts, else the part of it that does. */
// biome-ignore lint/suspicious/noConfusingVoidType: a run that answers nothing is the usual one.
export type Sample = void | { readonly countedMs: number };

export interface MeasuringSide {
  /** One value for each of the workload's figures. */
  measure(): Promise<Readonly<Record<string, number>>>;
  end?(): unknown;
}

/** What has one figure has it by this name. */
export const TIME = "time";

/** In a workload of async functions the contender that does the same on the same loop with generator functions. */
export const GENERATORS = "generators";

/** What does the same while it is explored, in the loop's own order. */
export const EXPLORED = "explored";

/** What workloads say of themselves whose tasks are async functions. Their contenders have processes of their own, where a host can. */
export const ASYNC = { functions: "async" } as const;

export function expectCount(what: string, count: number, expected: number): void {
  if (count !== expected) throw new Error(`${what}: ${count} instead of ${expected}`);
}

/** What the table of a workload says, without what it does. */
export function describe(workload: Workload): WorkloadInfo {
  const { name, title, about, unit, per, sizeOf, figures, functions, contenders } = workload;
  const floors = Object.fromEntries(
    Object.entries(contenders).flatMap(([contender, { floor }]) => (floor ? [[contender, floor]] : [])),
  );
  const info = { name, title, about, unit, per, sizeOf, figures, ...(functions && { functions }) };
  return Object.keys(floors).length > 0 ? { ...info, floors } : info;
}

/** The workload with the twin as a further contender, where the twin was bundled. */
export function withTwin(workload: Workload, onTwin: Workload | undefined): Workload {
  const twin = onTwin?.contenders[OURS];
  if (twin === undefined) return workload;
  const { [OURS]: ours, ...others } = workload.contenders;
  return { ...workload, contenders: { ...(ours && { [OURS]: ours }), twin, ...others } };
}
