// Runs the bodies of mixed programs, and tells the ledger what happens.
//
// Owns the world a program lives in: its frames, one for each body that runs, and what the package's functions are called
// with. Must not know how a run begins and ends (run.ts) nor the ops (operations.ts).

import {
  adopt,
  CancelledError,
  type Coroutine,
  coroutine,
  currentTask,
  Event,
  type EventLoop,
  Interrupt,
  Lock,
  LoopError,
  type TaskGroup,
  TimeoutError,
} from "wasyncio";
import { SimulatedNetwork } from "wasyncio/testing";
import { type Asking, asAsyncFunction, asGenerator, ask } from "../asking.ts";
import { type Doing, type Ledger, Scope, type Strand, type Work } from "./ledger.ts";
import { OPERATIONS } from "./operations.ts";
import {
  type Body,
  EVENTS,
  LOCKS,
  type MixedOp,
  type MixedProgram,
  PROMISES,
  type ScopeBody,
  type Style,
} from "./program.ts";
import { taskHere } from "./surroundings.ts";

export class Boom extends Error {
  override readonly name = "Boom";
}

/** A body that runs. */
export interface Frame {
  id: number;
  readonly style: Style;
  readonly strand: Strand;
  ends: number;
}

/** What an op has to know of a scope: that it is entered, that its body has ended, that it is being left. */
interface Hooks<Entry> {
  readonly entered?: (entry: Entry) => void;
  readonly bodyEnded?: () => void;
  readonly leaving?: () => void;
}

/** A promise that is none of ours. */
interface Promised {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** The body of a scope, as the package calls it. */
export type BodyOf<Entry> = (entry: Entry) => Coroutine<number> | Promise<number>;

/** What a body gives back that has come to a `return`. */
const RETURNED = Symbol("returned");
export type Completion = typeof RETURNED | undefined;

/** By then every event is set and every promise settled. */
const ALL_SETTLED_MS = 5000;

export class World {
  readonly loop: EventLoop;
  readonly ledger: Ledger;
  readonly locks = Array.from({ length: LOCKS }, () => new Lock());
  readonly events = Array.from({ length: EVENTS }, () => new Event());
  readonly promises = Array.from({ length: PROMISES }, makePromise);
  readonly named = new Map<string, PromiseLike<unknown>>();
  readonly works = new Map<string, Work>();
  /** The scopes in which what is named and no task was started. */
  readonly starters = new Map<string, Scope | undefined>();
  readonly groups = new Map<string, { readonly group: TaskGroup; readonly scope: Scope }>();
  readonly frames: Frame[] = [];
  readonly trace: string[] = [];
  /** To be called from outside of the loop. */
  readonly outside: (() => void)[] = [];
  /** An interrupt was thrown, and then that a task ended with it, both before the end of main. */
  isInterrupted = false;
  mustBeInterrupted = false;
  /** The frames that hold each lock. */
  readonly #holders = new Map<number, Frame>();
  /** What outside of the loop goes wrong as it must; others may wait for it. */
  readonly #expected = new WeakSet<Error>();
  /** Foreign waits that the host has still to end. */
  foreign = 0;
  readonly #program: MixedProgram;
  readonly #settling: { cancel(): void };
  /** Who may still run when the run has ended: those that were abroad then. */
  #latecomers: Set<Strand> | undefined = undefined;

  constructor(loop: EventLoop, program: MixedProgram, ledger: Ledger) {
    this.loop = loop;
    this.#program = program;
    this.ledger = ledger;
    loop.setNetwork(new SimulatedNetwork({ link: { latencyMs: 0 } }));
    this.#settling = loop.callLater(ALL_SETTLED_MS, () => this.settleAll());
  }

  settleAll(): void {
    this.#settling.cancel();
    for (const event of this.events) event.set();
    for (const { resolve } of this.promises) resolve();
  }

  /** The run has ended. */
  runEnded(): void {
    const { live } = this.ledger;
    const isAnyAbroad = [...live].some(({ doing }) => doing === "abroad");
    this.#latecomers = new Set([...live].filter(({ doing }) => isAnyAbroad && doing !== "waiting"));
  }

  // --- What happens

  happened(frame: Frame, what: string): void {
    const { trace, ledger } = this;
    trace.push(`${this.loop.time()} ms  task ${frame.strand.scope.work.index}, body ${frame.id}: ${what}`);
    ledger.happens(frame.strand, what);
    if (this.#latecomers !== undefined) {
      if (!this.#latecomers.has(frame.strand)) ledger.violated(`body ${frame.id} ran after the end: ${what}`);
      return;
    }
    for (const { event, task } of this.#program.objects) {
      const work = ledger.works[task];
      if (event === trace.length && work !== undefined) this.cancel(work);
    }
  }

  cancel(work: Work): void {
    if (work.real === undefined || work.real.done() || work.functionEnded) return;
    this.trace.push(`      cancels task ${work.index}`);
    this.ledger.request(work.root);
    work.real.cancel();
  }

  /** A callback's function is in a task as soon as it has waited for one of ours. */
  #checkImplicit(frame: Frame): void {
    const { ledger } = this;
    const { work } = frame.strand.scope;
    if (!work.isImplicit || !ledger.isExact || ledger.isEnding) return;
    const actual = nameOfCurrentTask();
    if (actual === "none")
      ledger.violated(`body ${frame.id} of a callback runs in no task after it has waited`);
    // What a foreign listener starts has no async context, and may be taken for what runs in the same step.
    if (work.isFromOutside) return;
    if (ledger.works.some(({ real }) => real?.getName() === actual))
      ledger.violated(`body ${frame.id} of a callback runs in '${actual}', which has not started it`);
  }

  /** A frame has a lock to itself from now on, or lets it go. */
  holds(lock: number, frame: Frame, isHeld: boolean): void {
    const holder = this.#holders.get(lock);
    if (!isHeld) {
      if (holder === frame) this.#holders.delete(lock);
      return;
    }
    if (holder !== undefined)
      this.ledger.violated(`bodies ${holder.id} and ${frame.id} hold lock ${lock} at a time`);
    this.#holders.set(lock, frame);
  }

  /** Asks who is running, where that can be told. */
  checkIdentity(frame: Frame): void {
    const { ledger } = this;
    const { work } = frame.strand.scope;
    if (!ledger.isExact || ledger.isEnding || work.functionEnded) return;
    if (work.real === undefined) return;
    const actual = nameOfCurrentTask();
    if (actual === work.real.getName()) return;
    ledger.violated(
      `body ${frame.id} of task ${work.index} (${work.real.getName()}) thinks it is in '${actual}'`,
    );
  }

  // --- Waiting

  /** Waits for something of ours. `mustTake`: what always suspends. */
  *wait<T>(frame: Frame, awaitable: PromiseLike<T>, mustTake = false): Asking<T> {
    return yield* this.#waitAs(frame, "waiting", awaitable, mustTake, []);
  }

  /** Waits, by one of ours, for what others do: these tasks among them. */
  *join<T>(frame: Frame, awaitable: PromiseLike<T>, works: readonly Work[] = [], areAll = true): Asking<T> {
    return yield* this.#waitAs(frame, "joining", awaitable, false, works, areAll);
  }

  /** Waits for a promise: of the strand's own task, or a foreign one. */
  *waitNatively<T>(frame: Frame, doing: Doing, promise: PromiseLike<T>): Asking<T> {
    if (frame.style === "async") return yield* this.#waitAs(frame, doing, promise, false, []);
    return yield* this.#waitAs(frame, "joining", adopt(promise), false, []);
  }

  *#waitAs<T>(
    frame: Frame,
    doing: Doing,
    awaitable: PromiseLike<T>,
    mustTake: boolean,
    works: readonly Work[],
    areAll = true,
  ): Asking<T> {
    const { strand } = frame;
    const waited = this.ledger.waits(strand, doing, mustTake, works, areAll);
    let value: T;
    try {
      value = (yield* ask(awaitable as PromiseLike<unknown>)) as T;
    } catch (error) {
      waited(error instanceof CancelledError);
      if (mustTake) this.#mustHaveOwner(frame, error);
      this.happened(frame, `${error}`);
      this.checkIdentity(frame);
      throw error;
    }
    waited(false);
    this.happened(frame, "goes on");
    this.checkIdentity(frame);
    if (mustTake) this.#checkImplicit(frame);
    return value;
  }

  // --- Bodies

  frame(style: Style, strand: Strand): Frame {
    return { id: this.frames.length, style, strand, ends: 0 };
  }

  /** A body that runs in the strand given, to its end. It gives the number of its frame. */
  *body(frame: Frame, body: Body, endsStrand: boolean, isFunctionOf?: Work): Asking<number> {
    this.frames.push(frame);
    const id = this.frames.length - 1;
    frame.id = id;
    if (isFunctionOf?.isImplicit === false) isFunctionOf.real ??= currentTask() ?? undefined;
    this.happened(frame, "begins");
    let hasFailed = true;
    try {
      yield* this.block(frame, body);
      hasFailed = false;
    } catch (error) {
      const isOfTask = isFunctionOf !== undefined && !isFunctionOf.isImplicit;
      if (error instanceof Interrupt && isOfTask && this.isInterrupted) this.mustBeInterrupted = true;
      this.#mustBeExpected(error, frame.strand.scope.work.isFromOutside);
      throw error;
    } finally {
      frame.ends++;
      this.happened(frame, "ends");
      if (endsStrand) this.ledger.ended(frame.strand);
      if (isFunctionOf !== undefined) this.ledger.functionEnded(isFunctionOf, frame.strand, hasFailed);
    }
    return id;
  }

  *block(frame: Frame, ops: Body): Asking<Completion> {
    for (const op of ops) {
      const completion = yield* this.perform(frame, op);
      if (completion !== undefined) return completion;
    }
    return undefined;
  }

  *perform(frame: Frame, op: MixedOp): Asking<Completion> {
    if (op.op === "return") return RETURNED;
    const operation = OPERATIONS[op.op] as (world: World, frame: Frame, op: MixedOp) => Asking<unknown>;
    const completion = yield* operation(this, frame, op);
    return completion === RETURNED ? RETURNED : undefined;
  }

  /** Calls a body in the strand of the one who calls. */
  *call(caller: Frame, style: Style, body: Body): Asking<void> {
    const { strand } = caller;
    if (caller.style === "generator" && style === "async") {
      yield* this.join(caller, adopt(this.beside(caller, body)));
      return;
    }
    const frame = this.frame(style, strand);
    const asking = this.body(frame, body, false);
    const called =
      style === "async" ? asAsyncFunction(asking) : coroutine(() => asGenerator(asking) as never)();
    const id = yield* ask(called as PromiseLike<number>);
    if (id !== frame.id) this.ledger.violated(`the call of body ${frame.id} gave ${id}`);
  }

  /** Calls an async function that is not awaited, or not by itself. */
  beside(starter: Frame, body: Body, within = starter.strand.scope.nursery()): Promise<number> {
    const { ledger } = this;
    ledger.besides(starter.strand);
    starter.strand.hasHelpers = true;
    const strand = ledger.strand(within, starter.strand);
    // What a generator calls and what goes on natively at first is known by its scope only.
    if (starter.style === "generator") strand.taken = 0;
    if (this.#latecomers?.has(starter.strand)) this.#latecomers.add(strand);
    const promise = asAsyncFunction(this.body(this.frame("async", strand), body, true));
    promise.catch(() => {});
    strand.isUnseen = strand.doing === "running";
    return promise;
  }

  /** What a new task is made of: the coroutine of a generator, an async function. */
  startable(work: Work, style: Style, body: Body): Coroutine<number> | (() => Promise<number>) {
    const start = this.startableFunction(work, style, body);
    return style === "async" ? (start as () => Promise<number>) : (start() as Coroutine<number>);
  }

  /** A function that a new task is made of, in either style. */
  startableFunction(work: Work, style: Style, body: Body): () => Coroutine<number> | Promise<number> {
    const asking = (): Asking<number> => {
      const strand = this.ledger.strand(work.root);
      return this.body(this.frame(style, strand), body, true, work);
    };
    if (style === "async") return async () => await asAsyncFunction(asking());
    return function* (): Coroutine<number> {
      return yield* asGenerator(asking());
    };
  }

  /** An async function that a callback calls. */
  callback(body: Body, isFromOutside: boolean): () => void {
    return () => {
      const work = this.ledger.work(true);
      work.isFromOutside = isFromOutside;
      const strand = this.ledger.strand(work.root);
      this.ledger.besides(strand);
      asAsyncFunction(this.body(this.frame("async", strand), body, true, work)).catch(() => {});
    };
  }

  /** The scope of a body that is to run here. */
  scopeFor(host: Frame, style: Style): Scope {
    const around = host.strand.scope;
    return new Scope(around.work, around, style === "async");
  }

  /** Runs a body in a scope of the package's: what `start` is called with. */
  *within<Entry>(
    host: Frame,
    scope: Scope,
    { style, plain, body }: ScopeBody,
    start: (body: BodyOf<Entry>) => PromiseLike<unknown>,
    { entered, bodyEnded, leaving }: Hooks<Entry> = {},
  ): Asking<void> {
    const { ledger } = this;
    const { strand } = host;
    let inner = strand;
    ledger.seen(strand);
    const checkRequests = this.#requestsKept(strand);
    const run = (entry: Entry): Coroutine<number> | Promise<number> => {
      entered?.(entry);
      if (style === "generator") {
        const asking = this.body(this.frame(style, strand), body, false);
        return asGenerator(this.#failing(scope, this.#inScope(strand, scope, asking), bodyEnded));
      }
      inner = ledger.strand(scope, strand);
      strand.owed.clear();
      strand.doing = "others";
      return asAsyncFunction(
        this.#failing(scope, this.body(this.frame(style, inner), body, true), bodyEnded),
      );
    };
    const kinds: Readonly<Record<Style, BodyOf<Entry>>> = {
      async: async (entry) => await (run(entry) as Promise<number>),
      *generator(entry): Coroutine<number> {
        return yield* run(entry) as Coroutine<number>;
      },
    };
    let outcome = "is left";
    let isTaken = false;
    try {
      yield* ask(start(plain === true ? run : kinds[style]));
    } catch (error) {
      outcome = `${error}`;
      isTaken = error instanceof CancelledError;
      throw error;
    } finally {
      leaving?.();
      strand.doing = "running";
      ledger.left(scope, inner, strand);
      if (isTaken) strand.owed.clear();
      this.happened(host, `scope: ${outcome}`);
      this.checkIdentity(host);
      checkRequests();
    }
  }

  /** Whether the requests that a scope makes of its task are withdrawn when it is left. Those of scopes beside it are its own. */
  #requestsKept(strand: Strand): () => void {
    const { ledger } = this;
    const { scope } = strand;
    const before = taskHere()?.cancelling() ?? 0;
    const latest = ledger.latestRequestTo(strand);
    // One that is still on its way may arrive inside.
    if (latest > strand.taken) return () => {};
    return () => {
      if (!ledger.isExact || ledger.isEnding || !scope.work.isLinear || scope.work.functionEnded) return;
      const after = taskHere()?.cancelling() ?? 0;
      if (after === before || ledger.latestRequestTo(strand) !== latest) return;
      ledger.violated(`strand ${strand.id} has left a scope with ${after} requests, and had ${before}`);
    };
  }

  *#inScope(strand: Strand, scope: Scope, body: Asking<number>): Asking<number> {
    const around = strand.scope;
    strand.scope = scope;
    try {
      return yield* body;
    } finally {
      strand.scope = around;
      strand.doing = "others";
    }
  }

  /** What a body has thrown cancels the tasks of a group. */
  *#failing(scope: Scope, body: Asking<number>, ended: (() => void) | undefined): Asking<number> {
    try {
      return yield* body;
    } catch (error) {
      this.ledger.request(scope, false);
      throw error;
    } finally {
      scope.isBeingLeft = true;
      ended?.();
    }
  }

  /** Whoever waits is somebody's, also what a foreign listener has started. */
  #mustHaveOwner(frame: Frame, error: unknown): void {
    const { isExact, isEnding } = this.ledger;
    if (!isExact || isEnding || !(error instanceof LoopError)) return;
    this.ledger.violated(`body ${frame.id} could not wait: ${error}`);
  }

  #mustBeExpected(error: unknown, isFromOutside: boolean): void {
    if (error instanceof Boom || error instanceof CancelledError || error instanceof TimeoutError) return;
    if (error instanceof AggregateError || error instanceof Interrupt) return;
    if (error instanceof LoopError) {
      if (isFromOutside) this.#expected.add(error);
      if (!this.ledger.isExact || this.ledger.isEnding || error.code === "ERR_TASK_GROUP") return;
      if (this.#expected.has(error)) return;
    }
    this.ledger.violated(`an error that no program makes: ${error instanceof Error ? error.stack : error}`);
  }
}

function nameOfCurrentTask(): string {
  try {
    return currentTask()?.getName() ?? "none";
  } catch (error) {
    return `${error}`;
  }
}

export function makePromise(): Promised {
  let resolve = () => {};
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
