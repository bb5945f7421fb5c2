/**
 * Owns one call on trial: it is made, what it gives is waited for under a virtual clock until a deadline, and whatever came
 * of it is told. Nothing may be left that waits. Knows nothing of what is right.
 */
import {
  ArgumentError,
  adopt,
  CancelledError,
  type CodedError,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  ExceptionGroup,
  Future,
  getRunningLoop,
  type Host,
  IncompleteReadError,
  Interrupt,
  InvalidStateError,
  iscoroutinefunction,
  LimitOverrunError,
  LoopError,
  NetworkError,
  Operation,
  run,
  TimeoutError,
  wait,
} from "wasyncio";
import { EdgeError } from "wasyncio/edge";
import { BrokenExecutorError, ExecutorError } from "wasyncio/executors";
import { HttpStatusError } from "wasyncio/http";
import { ProcessError } from "wasyncio/subprocess";
import { ExplorationError, ReplayError, RunError, VirtualClock } from "wasyncio/testing";
import type { Area } from "./rows.ts";

/** How long anything may take, by the virtual clock. */
const DEADLINE_MS = 10_000;
/** Where real sockets take part: how many turns the host has for them before the deadline is jumped to. */
const HOST_TURNS = 60;
/** Where no loop runs: how long a promise may take by the host's clock, which only one that hangs does. */
const PATIENCE_MS = 3000;

const OWN_ERRORS = [
  ArgumentError,
  BrokenExecutorError,
  CancelledError,
  EdgeError,
  ExceptionGroup,
  ExecutorError,
  HttpStatusError,
  ProcessError,
  IncompleteReadError,
  Interrupt,
  InvalidStateError,
  LimitOverrunError,
  LoopError,
  NetworkError,
  TimeoutError,
  ExplorationError,
  ReplayError,
  RunError,
];

export type Outcome =
  | { readonly how: "returned" }
  /** It waited until it was cancelled. */
  | { readonly how: "waited" }
  /** It cannot be ended. */
  | { readonly how: "hangs" }
  | {
      readonly how: "threw";
      readonly error: unknown;
      /** Not by the call itself, but only when it is awaited. A native promise's rejection counts as the call's. */
      readonly late: boolean;
    };

/** A call, and what it came to. */
export interface Call {
  /** What the method is called on; undefined for functions. */
  readonly receiver?: (() => unknown) | undefined;
  readonly call: (receiver: unknown) => unknown;
}

export interface Tried {
  readonly outcome: Outcome;
  /** What has reached the exception handler meanwhile. */
  readonly reports: readonly ExceptionContext[];
}

/** Whether it is an error that the package has made, with a code. */
export function isOwnError(error: unknown): error is CodedError {
  return OWN_ERRORS.some((each) => error instanceof each) && typeof (error as CodedError).code === "string";
}

/** A virtual clock whose host keeps reports to itself. */
export class QuietClock extends VirtualClock {
  override attach(host: Host): Host {
    return Object.create(super.attach(host), { writeError: { value: () => {} } }) as Host;
  }
}

async function onVirtualClock(body: () => Coroutine<void>): Promise<void> {
  await run(body, { clock: new QuietClock() });
}

type Place = Pick<Area, "io" | "within">;

/** Makes the calls one after the other in a task of a loop of their own. */
export async function tryInside(
  calls: readonly Call[],
  { io = false, within = onVirtualClock }: Place,
): Promise<Tried[]> {
  const tried: Tried[] = [];
  const promises: Promise<unknown>[] = [];
  await within(function* () {
    const loop = getRunningLoop();
    for (const { receiver, call } of calls) {
      const reports: ExceptionContext[] = [];
      loop.setExceptionHandler((_, context) => reports.push(context));
      // In a task of its own, since it may be cancelled by what is called.
      const task = createTask(trial(receiver, call));
      yield* wait([task]);
      const outcome: Outcome = task.cancelled() ? { how: "returned" } : task.result();
      tried.push({ outcome, reports });
      loop.setDebug(false);
      loop.setTaskFactory(null);
      const broken = loop.scheduler.core.calls.check?.() ?? 0;
      if (broken !== 0) throw new Error(`the core's rule ${broken} is broken by ${call}`);
    }
  });
  function* trial(receiver: Call["receiver"], call: Call["call"]): Coroutine<Outcome> {
    const made = yield* madeBy(receiver);
    return yield* outcomeOf(() => call(made), io, promises);
  }
  // The loop has cancelled what was left, and with that every promise of its own must have ended.
  await endOf(Promise.allSettled(promises), "a promise is pending that its loop has left behind");
  return tried;
}

/** Makes the calls one after the other where no loop is running. */
export async function tryOutside(calls: readonly Call[]): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const { receiver, call } of calls) {
    let outcome: Outcome = { how: "returned" };
    try {
      const made = receiver?.();
      const result = call(made);
      if (result instanceof Promise) await endOf(result, "a promise is pending");
    } catch (error) {
      outcome = { how: "threw", error, late: false };
    }
    tried.push({ outcome, reports: [] });
  }
  return tried;
}

function* madeBy(receiver: (() => unknown) | undefined): Generator<unknown, unknown, unknown> {
  if (receiver === undefined) return undefined;
  return iscoroutinefunction(receiver) ? yield* receiver() : receiver();
}

function* outcomeOf(
  call: () => unknown,
  io: boolean,
  promises: Promise<unknown>[],
): Generator<unknown, Outcome, unknown> {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return { how: "threw", error, late: false };
  }
  if (!isWaitable(result) || result === currentTask()) return { how: "returned" };
  if (result instanceof Promise) promises.push(result);
  const task = createTask(waiting(result));
  for (let turn = 0; io && turn < HOST_TURNS && !task.done(); turn++) yield* hostTurn();
  yield* wait([task], { timeout: DEADLINE_MS });
  if (!task.done()) {
    task.cancel();
    yield* wait([task], { timeout: DEADLINE_MS });
    return { how: task.done() ? "waited" : "hangs" };
  }
  const error = task.cancelled() ? new CancelledError() : task.exception();
  return error === null ? { how: "returned" } : { how: "threw", error, late: !(result instanceof Promise) };
}

type Waitable = Operation<unknown> | Future<unknown> | Promise<unknown>;

function isWaitable(result: unknown): result is Waitable {
  return result instanceof Operation || result instanceof Future || result instanceof Promise;
}

function* waiting(result: Waitable): Generator<unknown, unknown, unknown> {
  return yield* result instanceof Promise ? adopt(result) : result;
}

/** Lets the host take one turn. */
function* hostTurn(): Generator<unknown, void, unknown> {
  const future = getRunningLoop().createFuture<void>();
  setImmediate(() => {
    if (future.pending()) future.setResult();
  });
  yield* future;
}

async function endOf<T>(promise: Promise<T>, complaint: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
