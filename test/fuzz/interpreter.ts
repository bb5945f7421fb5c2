// Runs the fuzzer's programs on wasyncio. The twin of interpreter.py.
//
// Owns the world a program lives in, how its bodies are executed and what is traced. Must not know a host, nor
// that there is an oracle: the traces have to be the same wherever this runs. Read the two files side by side:
// they have the same functions in the same order, and so do values, operations-sync and operations-async.

import {
  Context,
  type Coroutine,
  createTask,
  currentTask,
  DeadlockError,
  type EventLoop,
  Future,
  LoopError,
  Runner,
  sleep,
  wait,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import type { Json } from "../oracle/oracle.ts";
import { type Asking, asAsyncFunction, asGenerator, ask, type Style } from "./asking.ts";
import { ASYNC } from "./operations-async.ts";
import { SYNC } from "./operations-sync.ts";
import type { AsyncOp, Body, CallbackBody, Entry, Op, Operand, Program, Run, SyncOp } from "./program.ts";
import {
  describe,
  describeContext,
  describeError,
  makeObject,
  outcomeOf,
  Return,
  VARIABLES,
} from "./values.ts";

/** How long the others may go on after main has ended. No program takes nearly as long. */
const HORIZON_MS = 1_000_000;

/** Runs programs as generators, each to its end on the caller's stack. */
export function runAll(programs: readonly Program[]): Run[] {
  return programs.map(runProgram);
}

export function runProgram(program: Program): Run {
  const { runner, world, supervise } = prepare(program, "generators");
  try {
    runner.runSync(supervise, { context: new Context() });
  } catch (error) {
    world.gaveUp(error);
  }
  closeQuietly(runner);
  return world.takeRun();
}

/** Runs programs whose tasks are async functions. A deadlock shows as time that passes without an end. */
export async function runAllAsync(programs: readonly Program[]): Promise<Run[]> {
  const runs: Run[] = [];
  for (const program of programs) runs.push(await runProgramAsync(program));
  return runs;
}

export async function runProgramAsync(program: Program): Promise<Run> {
  const { runner, world, supervise } = prepare(program, "async functions");
  await untilDeadlock(world.loop, runner.run(supervise, { context: new Context() }), world.gaveUp);
  await untilDeadlock(world.loop, runner.close(), () => {});
  return world.takeRun();
}

/** Macrotasks in which nothing happens, until it is clear that nothing ever will. */
const IDLE_ROUNDS = 3;

/** Waits for a run to end. A loop that sleeps without a timer, again and again, is stopped: it would sleep for ever. */
async function untilDeadlock(
  loop: EventLoop,
  run: Promise<unknown>,
  onDeadlock: (error: unknown) => void,
): Promise<void> {
  let over = false;
  const ended = run.then(
    () => {
      over = true;
    },
    (error) => {
      over = true;
      if (!(error instanceof LoopError && error.code === "ERR_LOOP_STOPPED")) throw error;
    },
  );
  for (let idle = 0; !over; ) {
    await macrotask();
    const isIdle =
      loop.scheduler.asleep && loop.scheduler.core.calls.nextDeadlineMs() === Number.POSITIVE_INFINITY;
    idle = isIdle ? idle + 1 : 0;
    if (idle < IDLE_ROUNDS) continue;
    onDeadlock(new DeadlockError([]));
    loop.stop();
    break;
  }
  await ended;
}

/** Lets the host do what it has to do. */
function macrotask(): Promise<void> {
  // Not a message: on workerd that comes before the host has done anything else.
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

function prepare(program: Program, style: Style) {
  const runner = new Runner({ clock: new VirtualClock() });
  const world = new World(runner.getLoop(), program, style);
  world.loop.setExceptionHandler(world.onUnhandled);
  return { runner, world, supervise: asGenerator(supervising(world, program)) };
}

/** The program is over and its run taken down: what its tasks do when they are cancelled is no part of it. */
function closeQuietly(runner: Runner): void {
  try {
    runner.closeSync();
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
  }
}

/** Runs main to its end and lets the others go on until nothing more can happen. */
function* supervising(world: World, program: Program): Asking<void> {
  const main = world.bind("main", createTask(world.startable(program.main), { name: "main" }));
  yield* ask(wait([main]));
  yield* ask(sleep(HORIZON_MS));
  // Here and not outside, where those who still wait would already be on their way out.
  world.finish("finished");
}

/** What the tasks of one program share: the objects, by name, and the trace. */
export class World {
  readonly loop: EventLoop;
  readonly named = new Map<string, unknown>();
  readonly bumps = new Map<string, number>();
  readonly trace: Entry[] = [];
  run: Run | undefined;
  readonly #labels = new Map<unknown, string>();
  readonly #style: Style;
  #callbackName = "loop";

  constructor(loop: EventLoop, program: Program, style: Style) {
    this.loop = loop;
    this.#style = style;
    for (const object of program.objects) this.bind(object.name, makeObject(loop, object));
  }

  bind<Thing>(name: string, thing: Thing): Thing {
    this.named.set(name, thing);
    this.#labels.set(thing, name);
    return thing;
  }

  /** The thing of that name. The generator sees to it that a name of that kind stands for such a thing. */
  find<Thing>(name: string): Thing {
    return this.named.get(name) as Thing;
  }

  labelOf(thing: unknown): string {
    return this.#labels.get(thing) ?? "?";
  }

  who(): string {
    return currentTask(this.loop)?.getName() ?? this.#callbackName;
  }

  record(what: string, outcome: Json): void {
    if (this.run === undefined) this.trace.push([this.loop.time(), this.who(), what, outcome]);
  }

  readonly onUnhandled = (
    _loop: EventLoop,
    context: { readonly message: string; readonly exception?: unknown },
  ): void => {
    // When an error is noticed to have been forgotten is up to the garbage collector.
    if (!context.message.endsWith("was never retrieved")) this.record("unhandled", describeContext(context));
  };

  /** Takes down how everything was left. What happens from now on is no part of the run. */
  finish(ended: string): void {
    const states = [...this.named]
      .flatMap(([name, thing]) => (thing instanceof Future ? [[name, outcomeOf(thing)] as const] : []))
      .sort(([one], [other]) => (one < other ? -1 : 1));
    this.run ??= { trace: this.trace, ended, time: this.loop.time(), states };
  }

  /** The run came to no end of its own: before the runner sends those who still wait on their way out. */
  readonly gaveUp = (error: unknown): void => {
    if (!(error instanceof DeadlockError)) throw error;
    this.finish("deadlock");
  };

  takeRun(): Run {
    if (this.run === undefined) throw new Error("the program came to no end");
    return this.run;
  }

  /** A body as a coroutine, which runs in the task that waits for it. */
  coroutine(body: Body, name?: string): Coroutine<number | null> {
    return asGenerator(this.whole(body, name));
  }

  /** A body as a task can be started with it. */
  startable(body: Body, name?: string): Coroutine<number | null> {
    if (this.#style === "generators") return this.coroutine(body, name);
    // createTask takes an async function where it takes a coroutine; which of them it is makes no difference here.
    return (() => asAsyncFunction(this.whole(body, name))) as unknown as Coroutine<number | null>;
  }

  /** A body for a scope: for timeout, a group or a lock. */
  scoped<A extends unknown[], T>(body: (...args: A) => Asking<T>): (...args: A) => Coroutine<T> | Promise<T> {
    if (this.#style === "generators") return (...args) => asGenerator(body(...args));
    return async (...args) => await asAsyncFunction(body(...args));
  }

  /** A whole coroutine. The name is given where the task is made by wasyncio and not by us. */
  *whole(body: Body, name?: string): Asking<number | null> {
    if (name !== undefined) {
      currentTask(this.loop)?.setName(name);
      this.bind(name, currentTask(this.loop));
    }
    this.record("start", VARIABLES.v0.get());
    let completion: Return | undefined;
    try {
      completion = yield* this.runBody(body);
    } catch (error) {
      this.record("end", describeError(error));
      throw error;
    }
    const value = completion?.value ?? null;
    this.record("end", value);
    return value;
  }

  /** A body as a plain function, for callSoon and addDoneCallback. */
  callback(name: string, body: CallbackBody): () => void {
    const run = (): void => {
      const outer = this.#callbackName;
      this.#callbackName = name;
      try {
        this.record("start", VARIABLES.v0.get());
        for (const op of body) this.performSync(op);
      } finally {
        this.#callbackName = outer;
      }
    };
    return this.bind(name, run);
  }

  /** Gives back a Return as soon as an op does, and undefined when the body has run to its end. */
  *runBody(body: Body): Asking<Return | undefined> {
    for (const op of body) {
      const completion = yield* this.perform(op);
      if (completion !== undefined) return completion;
    }
    return undefined;
  }

  *perform(op: Op): Asking<Return | undefined> {
    if (isSync(op) || this.isMissing(op)) {
      this.performSync(op);
      return undefined;
    }
    let outcome: unknown;
    try {
      const operation = ASYNC[op.op] as (world: World, op: AsyncOp) => Asking<unknown>;
      outcome = yield* operation(this, op);
    } catch (error) {
      this.record(caption(op), describeError(error));
      throw error;
    }
    this.record(caption(op), describe(outcome));
    return outcome instanceof Return ? outcome : undefined;
  }

  performSync(op: Op): void {
    // An op that waits can get here where the shrinker has moved it into a callback.
    if (this.isMissing(op) || !isSync(op)) {
      this.record(caption(op), "missing");
      return;
    }
    let outcome: unknown;
    try {
      const operation = SYNC[op.op] as (world: World, op: SyncOp) => unknown;
      outcome = operation(this, op);
    } catch (error) {
      this.record(caption(op), describeError(error));
      throw error;
    }
    this.record(caption(op), describe(outcome));
  }

  isMissing(op: Op): boolean {
    return "ref" in op && !this.named.has(op.ref);
  }

  /** What to wait for, or undefined for a reference that leads nowhere. */
  operand(operand: Operand): Future<unknown> | Coroutine<number | null> | undefined {
    if ("ref" in operand) return this.find(operand.ref);
    if (this.#style === "generators") return this.coroutine(operand.body, operand.name);
    return createTask(this.startable(operand.body, operand.name));
  }

  operands(operands: readonly Operand[]): (Future<unknown> | Coroutine<number | null>)[] {
    return operands.map((operand) => this.operand(operand)).filter((found) => found !== undefined);
  }
}

function isSync(op: Op): op is SyncOp {
  return op.op in SYNC;
}

/** The name of an op, with whatever it is about. */
function caption(op: Op): string {
  for (const key of ["ref", "name", "as", "var", "ms"] as const) {
    if (key in op) return `${op.op} ${(op as Readonly<Record<string, unknown>>)[key]}`;
  }
  return op.op;
}
