/**
 * Owns the Scope: the nursery of what async functions have begun to wait for in it. A task has one for all that it starts,
 * and so has each body of a timeout, a group or a lock that is an async function.
 * A request to cancel is a mark on a scope. Each strand inside takes it once: at its present wait or at its next.
 * Knows nothing of how strands wait.
 */
import { storageInUse } from "./async-context.ts";
import type { Context } from "./context.ts";
import type { Future } from "./future.ts";
import { noteRequest } from "./out-of-reach.ts";
import type { Scheduler } from "./scheduler.ts";

/** What waits in a scope: a strand (async/strand.ts). @internal */
export interface Waiting {
  /** Its place in the scope; the scope's business. */
  previous: Waiting | undefined;
  following: Waiting | undefined;
  /** Whether what it drives waits: else that has control, or the function has, or is abroad. */
  readonly isWaiting: boolean;
  /** Whether the function that has control was asked to cancel, and has not been reached. */
  readonly isCancelDue: boolean;
  readonly cancelMessage: string | undefined;
  /** What it waits for, or what is waited for in the body that it waits for. */
  waits(): (Future<unknown> | undefined)[];
  /** Whether a request has reached it at a wait, so that it may be cleaning up. */
  readonly wasAsked: boolean;
  /** A request of the scope's reaches it where it waits. */
  takeMark(message: string | undefined): void;
  /** It counts as having taken the latest request of the scope's. */
  passMark(): void;
  /** A request of the scope's was withdrawn. */
  takeRequestBack(): number;
  moveTo(scope: Scope): void;
}

/** Who waits for the end of a scope's body: a stepper (stepper.ts). @internal */
export interface ScopeHost {
  readonly ref: number;
  /** The task that it is part of. */
  readonly task: Owner;
  readonly isUnderWay: boolean;
  /** The scope whose end it waits for. */
  readonly hostedScope: Scope | undefined;
  /** A strand's scope. */
  readonly scopeOfStrand: Scope | undefined;
  cancelling(): number;
  keepCancel(message: string | undefined): void;
  cancelDelivered(): void;
  letGoIfAlone(): void;
}

/** The task that all that waits in a scope is part of (task.ts). @internal */
export interface Owner extends ScopeHost {
  readonly scheduler: Scheduler;
  /** The scope of what a generator's task has started and not awaited, if there is one. */
  nursery: Scope | undefined;
  getName(): string;
  getContext(): Context;
  done(): boolean;
}

/** Makes a task for what waits in a scope that has none. */
type StartImplicitTask = (scope: Scope, name: string | undefined) => Owner;
let startImplicitTask: StartImplicitTask;

/** Tells how such a task is made, which lies above: async/async-task.ts. @internal */
export function provideImplicitTasks(start: StartImplicitTask): void {
  startImplicitTask = start;
}

/** Whether a request has come back to a scope that is passing it on: what waits in a circle has to be woken by who asks last. @internal */
export const circle = { isClosed: false };

/** @internal */
export class Scope {
  readonly scheduler: Scheduler;
  /** The number of the latest request to cancel; 0 for none. Requests of a loop are numbered as they come. */
  mark = 0;
  /** The latest that a function in here was told of. */
  private told = 0;
  /** The message of that request. */
  message: string | undefined = undefined;
  /** The task whose function has ended and left behind what still waits in here. */
  cutOffFrom: string | undefined = undefined;
  /** The request that its end has made; 0 for none. */
  cutOffMark = 0;
  /** Whether anything was not asked by that, since it was cleaning up. */
  hasSpared = false;
  /** Who waits for the end of the body; undefined in the scope of a whole task. */
  private readonly host: ScopeHost | undefined;
  /** The enclosing task; made on demand where a callback has started what waits in here. */
  private owner: Owner | undefined;
  /** Made for what no task has started. The host's async context shows only that it belongs to no task. */
  readonly isOfNoTask: boolean;
  /** Whether there is a task that has not ended. */
  private isOwned: boolean;
  private isClosed = false;
  private wasLetGo = false;
  /** A request to cancel is on its way to what waits in here. */
  private isPassingOn = false;
  /** Whether several have ever waited in here at a time. */
  private isShared = false;
  /** Whether anything of ours has ever waited in here. */
  private wasUsed = false;
  private first: Waiting | undefined = undefined;
  private last: Waiting | undefined = undefined;
  private onEmpty: (() => void) | undefined = undefined;

  constructor(scheduler: Scheduler, owner: Owner | undefined, host: ScopeHost | undefined) {
    this.scheduler = scheduler;
    this.owner = owner;
    this.host = host;
    this.isOfNoTask = owner === undefined && host === undefined;
    this.isOwned = host !== undefined || owner?.done() === false;
  }

  // ── Whose it is ───────────────────────────────────────────────────────────────────────────────────────────────

  /** The task that everything in here is part of; undefined before anything a callback has started waits. */
  get task(): Owner | undefined {
    return this.host === undefined ? this.owner : this.host.task;
  }

  /** Something begins to wait in here, for which there has to be a task. */
  claim(): void {
    if (!this.isOwned) this.passOn();
  }

  /** The scope that counts: one that was left has handed its contents to the enclosing one. */
  open(): Scope {
    let scope: Scope = this;
    while (scope.isClosed) scope = scopeAround(scope.host as ScopeHost);
    return scope;
  }

  /** The task has ended: what still waits in here is the loop's from now on. */
  ownerEnded(): void {
    this.isOwned = false;
    if (this.isAnyoneWaiting()) this.passOn();
  }

  /**
   * Gives everything in here to a task of its own. Where the host's async context knows for certain what a function belongs
   * to, what its end has cut off is cancelled; elsewhere it may be another's, and goes on.
   */
  private passOn(): void {
    const ended = this.owner;
    const isCutOff = ended !== undefined && !this.isOfNoTask;
    const name = isCutOff ? `${this.cutOffFrom ?? ended.getName()} (left behind)` : undefined;
    this.owner = startImplicitTask(this, name);
    this.isOwned = true;
    if (!isCutOff || storageInUse === undefined) return;
    this.cutOffFrom ??= ended.getName();
    if (this.isCleaningUp) return;
    this.noteCutOff();
    this.cutOff();
  }

  /** Whoever has taken a request of the task's cleans up, and is not interrupted by its end. */
  private cutOff(): void {
    this.askAll(undefined, this.mark !== 0);
    this.cutOffMark = this.mark;
  }

  /** In debug mode: what the end of a task has cut off. */
  private noteCutOff(): void {
    const { scheduler } = this;
    if (!scheduler.debugging) return;
    const waits = this.waits().map((wait) => String(wait ?? "its next step"));
    scheduler.warn(
      `the task '${this.cutOffFrom}' has ended, and what it had started and not awaited was cancelled: ${waits.join(", ")}`,
    );
  }

  // ── Cancellation ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Asks everything in here to cancel. */
  cancel(message: string | undefined): void {
    // A request comes back here from what waits in here for what waits for the end of this.
    if (this.isPassingOn) {
      circle.isClosed = true;
      return;
    }
    this.askAll(message, false);
  }

  /** @param spares - those who have taken a request before. */
  private askAll(message: string | undefined, spares: boolean): void {
    this.isPassingOn = true;
    this.mark = this.scheduler.nextCancelMark();
    this.message = message;
    this.scheduler.holdStep();
    try {
      for (const strand of this.strands()) {
        if (!strand.isWaiting) continue;
        const isSpared = spares && strand.wasAsked;
        if (isSpared) strand.passMark();
        else strand.takeMark(message);
        this.hasSpared ||= isSpared;
      }
    } finally {
      this.isPassingOn = false;
    }
    if (this.scheduler.debugging) noteRequest(this);
  }

  /** Whether it was asked to cancel, and nothing in here is reached before one of them waits again. */
  get isOutOfReach(): boolean {
    const stepper = this.host ?? this.owner;
    if (this.mark === 0 || stepper === undefined || !stepper.isUnderWay) return false;
    return this.scheduler.calls.taskCancelDue(stepper.ref) !== 0;
  }

  /** Whether it is that of a body, and not of a whole task. */
  get isBody(): boolean {
    return this.host !== undefined;
  }

  /** A request was withdrawn, perhaps before everything had taken it; `all`: the last remaining one. */
  takeBack(all: boolean): void {
    if (all) this.mark = 0;
    for (const strand of this.strands()) strand.takeRequestBack();
  }

  /** How many requests those have that wait for the end of this scope's body. */
  cancellingAround(): number {
    const { host } = this;
    return host === undefined ? 0 : host.cancelling();
  }

  /** A function in here was resumed, and knows of this request. */
  functionTold(mark: number): void {
    if (mark > this.told) this.told = mark;
  }

  /**
   * The latest request that a function knows of which comes back into this scope from an `await` of a foreign promise. Where there
   * has never been another one it is the one that was told; else it may be any, and is told at its next wait.
   */
  get toldToReturning(): number {
    if (this.isShared || this.first !== undefined) return 0;
    return this.isOwned || this.isCleaningUp ? this.told : 0;
  }

  /** The one function that there has ever been in here knows that it was cut off. */
  private get isCleaningUp(): boolean {
    return this.cutOffMark !== 0 && this.cutOffMark === this.told && !this.isShared;
  }

  /** The function whose scope this is has ended. A request that has reached no function in here goes to `host`. */
  passUndelivered(host: ScopeHost): void {
    if (this.scheduler.calls.taskCancelDue(host.ref) !== 0) return;
    const strand = this.strands().find((each) => !each.isWaiting && each.isCancelDue);
    if (strand !== undefined) host.keepCancel(strand.cancelMessage);
    else if (this.mark > this.told) host.keepCancel(this.message);
  }

  /** A request has reached something in here. */
  delivered(): void {
    const { host, owner } = this;
    if (host?.hostedScope === this) host.cancelDelivered();
    // A generator is reached itself.
    else if (owner?.nursery !== this) owner?.cancelDelivered();
  }

  // ── Who is in it ──────────────────────────────────────────────────────────────────────────────────────────────

  add(strand: Waiting): void {
    this.wasUsed = true;
    if (this.first !== undefined) this.isShared = true;
    strand.previous = this.last;
    strand.following = undefined;
    if (this.last === undefined) this.first = strand;
    else this.last.following = strand;
    this.last = strand;
  }

  remove(strand: Waiting): void {
    const { previous, following } = strand;
    if (previous === undefined) this.first = following;
    else previous.following = following;
    if (following === undefined) this.last = previous;
    else following.previous = previous;
    strand.previous = undefined;
    strand.following = undefined;
    if (this.first === undefined) this.onEmpty?.();
  }

  /** What is in it at the moment, in the order in which it came. */
  strands(): Waiting[] {
    const all: Waiting[] = [];
    for (let strand = this.first; strand !== undefined; strand = strand.following) all.push(strand);
    return all;
  }

  /** What is waited for in here, except for the ends of inner scopes. */
  waits(): (Future<unknown> | undefined)[] {
    return this.strands().flatMap((strand) => (strand.isWaiting ? strand.waits() : []));
  }

  /** The body has ended, and with it what was in control. */
  bodyEnded(host: ScopeHost): void {
    this.passUndelivered(host);
    this.scheduler.steps.latestIn(this)?.retire();
  }

  /** Whether it is the scope of a function of ours, as far as can be told. */
  get isKnownAsOurs(): boolean {
    return this.wasUsed || this.scheduler.steps.latestIn(this) !== undefined;
  }

  /** Who waits for the body's end is taken out of its wait: the body, which is abroad, goes on beside it. */
  letGo(): void {
    this.wasLetGo = true;
  }

  /** A step is over in which something in here had control. */
  stepEnded(): void {
    this.host?.letGoIfAlone();
  }

  isEmpty(): boolean {
    return this.first === undefined;
  }

  /** Has `emptied` called whenever the last one has left. */
  whenEmpty(emptied: (() => void) | undefined): void {
    this.onEmpty = emptied;
  }

  private isAnyoneWaiting(): boolean {
    for (let strand = this.first; strand !== undefined; strand = strand.following)
      if (strand.isWaiting) return true;
    return false;
  }

  /** The body has ended: what still waits in here belongs to the enclosing scope. */
  close(): void {
    this.isClosed = true;
    if (this.wasLetGo) this.open().isShared = true;
    if (this.first === undefined) return;
    const around = this.open();
    for (const strand of this.strands()) {
      this.remove(strand);
      strand.moveTo(around);
    }
  }
}

/** The scope of what a generator's task starts without awaiting it. @internal */
export function scopeOfGenerator(task: Owner): Scope {
  task.nursery ??= new Scope(task.scheduler, task, undefined);
  return task.nursery;
}

/** The scope in which a stepper takes its steps. @internal */
export function scopeAround(stepper: ScopeHost): Scope {
  const scope = stepper.scopeOfStrand;
  return scope === undefined ? scopeOfGenerator(stepper as Owner) : scope.open();
}
