// The properties that every mixed program has to keep, and the books that it takes to judge them.
//
// Owns what is known of each task, scope and strand of a program by the program alone: who was started where, which
// requests to cancel were made and who has taken them. Must not know ops, nor how the package keeps books of its own.
//
// A request stands on a scope. A strand is one line of control: an async function with what it calls. Where nobody can
// say whether a request reaches a strand, such as one that waits natively for others, it may and need not.

import type { Task, Timeout } from "wasyncio";

export class Work {
  readonly index: number;
  readonly root: Scope;
  /** The package's task, once it is known. */
  real: Task<unknown> | undefined = undefined;
  /** Started by a callback or from outside: there is no request to it. */
  readonly isImplicit: boolean;
  functionEnded = false;
  /** Its function was called while the loop had no control, so that it has no loop before it waits for one of ours. */
  isFromOutside = false;
  mustBeCancelled = false;
  /** Nothing has run beside its function, and that function has never been abroad. */
  isLinear = true;

  constructor(index: number, isImplicit: boolean, group?: Scope) {
    this.index = index;
    this.isImplicit = isImplicit;
    this.root = new Scope(this, undefined, true, group);
  }
}

interface Request {
  readonly id: number;
  /** Whether all whom it can reach have to be reached. */
  readonly isCertain: boolean;
}

export class Scope {
  readonly work: Work;
  readonly parent: Scope | undefined;
  /** Whether it is the nursery of what is started in it: the body of a generator is none. */
  readonly isNursery: boolean;
  /** What may cancel it, and need not: the group that a task was started in. */
  readonly perhaps: Scope | undefined;
  readonly requests: Request[] = [];
  /** Its body has ended, and a request that comes now is passed on one turn later to those who still clean up inside. */
  isBeingLeft = false;
  isClosed = false;

  constructor(work: Work, parent: Scope | undefined, isNursery: boolean, perhaps?: Scope) {
    this.work = work;
    this.parent = parent;
    this.isNursery = isNursery;
    this.perhaps = perhaps;
  }

  /** The scopes whose requests go to whoever is in this one. */
  *chain(): Generator<Scope> {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent)
      if (!scope.isClosed) yield scope;
  }

  /**
   * Whether a request on `around` has to reach whoever is in here. What a scope has handed over at its end belongs to the next
   * nursery, which may be outside of the body of a generator: that may cancel it, and need not.
   */
  isCertainlyIn(around: Scope): boolean {
    if (!this.hasEnded || around.isNursery) return true;
    for (const scope of this.chain()) {
      if (scope === around) return false;
      if (scope.isNursery && !scope.hasEnded) return true;
    }
    return false;
  }

  private get hasEnded(): boolean {
    return this.isClosed || this.isBeingLeft;
  }

  /** Where that belongs which is started here and not awaited. The body of a generator may cancel it, and need not. */
  nursery(): Scope {
    let nursery = this.work.root;
    for (const scope of this.chain()) {
      if (!scope.isNursery) continue;
      nursery = scope;
      break;
    }
    return this.isNursery || nursery === this ? nursery : new Scope(this.work, nursery, true, this);
  }

  /** The latest request that whoever is in here may have to take; 0 for none. */
  latestRequest(): number {
    let latest = 0;
    for (const scope of this.chain()) {
      latest = Math.max(latest, scope.requests.at(-1)?.id ?? 0, scope.perhaps?.latestRequest() ?? 0);
    }
    return latest;
  }
}

/**
 * What a strand does: its code runs; it waits for what only a request can cancel; by one of ours for what others do, who may
 * be cancelled themselves; natively for others; for a foreign promise.
 */
export type Doing = "running" | "waiting" | "joining" | "others" | "abroad";

export class Strand {
  readonly id: number;
  scope: Scope;
  doing: Doing = "running";
  /** The tasks that it waits for: a request is passed on to them. */
  waitsFor: readonly Work[] = [];
  /** Whether it waits for nothing else at the same time. */
  waitsForTasksAlone = true;
  /** The latest request that it has taken. */
  taken: number;
  /** The requests that have to reach it at this wait or the next. */
  owed: Set<number>;
  /** Those that had to when the wait began. */
  owedAtWait: readonly number[] = [];
  wasCancelled = false;
  /** A request that it alone may have to take: one that nobody took in a scope it has left. */
  mayTake: number;
  /** It has gone on natively since it began: only its first wait shows it to the loop, to which it may look the same as its starter. */
  isUnseen = false;
  /** When its latest wait began, and when it ended, as of a count of moments. */
  suspendedSince = 0;
  endedAt = Number.POSITIVE_INFINITY;
  /** It has started what it did not await by itself, and which the loop cannot tell from it while it is abroad. */
  hasHelpers: boolean;
  /** The latest `await` that it came back from was of a promise that is none of ours. */
  isBackFromAbroad = false;

  constructor(id: number, scope: Scope, starter?: Strand) {
    this.id = id;
    this.scope = scope;
    this.taken = starter?.taken ?? 0;
    this.owed = new Set(starter?.owed);
    this.mayTake = starter?.mayTake ?? 0;
    this.hasHelpers = starter?.hasHelpers ?? false;
  }
}

interface Deadline {
  readonly scope: Scope;
  readonly isCertain: boolean;
  readonly hasPassed: () => boolean;
}

export class Ledger {
  readonly violations: string[] = [];
  readonly works: Work[] = [];
  readonly live = new Set<Strand>();
  /** Whether it can be told whose code runs, also in between: else only what always holds is judged. */
  get isExact(): boolean {
    return this.hasAsyncContext || !this.hasGoneBeside;
  }
  readonly hasAsyncContext: boolean;
  /** From then on the order of things may depend on async context. */
  hasGoneBeside = false;
  /** From the end of main on everybody is cancelled. */
  isEnding = false;
  #mainEndedMs: number | undefined = undefined;
  readonly #nowMs: () => number;
  #requests = 0;
  #strands = 0;
  #moments = 0;
  readonly #deadlines = new Set<Deadline>();
  /** The task in a stretch of native awaits, which no other may interrupt. */
  #undisturbed: Work | undefined = undefined;

  constructor(hasAsyncContext: boolean, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.hasAsyncContext = hasAsyncContext;
  }

  violated(what: string): void {
    this.violations.push(what);
  }

  // --- Who there is

  work(isImplicit: boolean, group?: Scope): Work {
    const work = new Work(this.works.length, isImplicit, group);
    this.works.push(work);
    return work;
  }

  strand(scope: Scope, starter?: Strand): Strand {
    const strand = new Strand(++this.#strands, scope, starter);
    this.live.add(strand);
    return strand;
  }

  ended(strand: Strand): void {
    strand.endedAt = ++this.#moments;
    this.live.delete(strand);
    if (!strand.hasHelpers) return;
    // A helper that has begun to wait since takes it for a body that ends without ever waiting, as far as the loop can tell.
    for (const { scope, doing, owedAtWait } of this.live)
      if (doing !== "running" && doing !== "abroad" && [...scope.chain()].includes(strand.scope))
        for (const id of owedAtWait) strand.owed.delete(id);
  }

  functionEnded(work: Work, strand: Strand, hasFailed: boolean): void {
    if (work.functionEnded) return;
    work.functionEnded = true;
    // Who returns without having taken a request has been cancelled.
    work.mustBeCancelled =
      this.isExact &&
      !this.isEnding &&
      !hasFailed &&
      [...strand.owed].some((id) => this.#stillStands(strand, id));
    // Whatever main leaves behind is cancelled with it, and so is everybody else.
    if (work.index === 0) this.#mainEnded();
    else if (this.hasAsyncContext && !work.isImplicit) this.#requestAtEndOf(work);
  }

  /** The package sees the end of a function by its promise, which is settled some microtasks later. */
  #requestAtEndOf({ root, real }: Work): void {
    // Whoever has taken a request is not asked once more.
    const isCertain = root.latestRequest() === 0;
    this.#watch({ scope: root, isCertain, hasPassed: () => real?.done() !== false });
  }

  /** Code goes on beside the steps of its task, or is to come back from abroad: whose it is only async context can tell. */
  besides(strand: Strand): void {
    strand.scope.work.isLinear = false;
    this.hasGoneBeside = true;
  }

  #mainEnded(): void {
    this.isEnding = true;
    this.#mainEndedMs = this.#nowMs();
  }

  // --- Requests

  request(scope: Scope, isCertain = true): void {
    if (this.isEnding || scope.isClosed) return;
    const id = ++this.#requests;
    scope.requests.push({ id, isCertain });
    for (const strand of this.live) {
      if (strand.doing === "others" || !Array.from(strand.scope.chain()).includes(scope)) continue;
      const isMixedUp = strand.doing === "abroad" && strand.hasHelpers;
      const mustReach = isCertain && !isMixedUp && strand.scope.isCertainlyIn(scope);
      if (mustReach && strand.waitsFor.length === 0) strand.owed.add(id);
      // Once one of them has failed, whoever waits for all of them is awake, and asks the others no more.
      const isPassedOn =
        mustReach && strand.waitsForTasksAlone && !strand.waitsFor.some(({ functionEnded }) => functionEnded);
      for (const work of strand.waitsFor) if (!work.functionEnded) this.request(work.root, isPassedOn);
    }
    for (const work of this.works) {
      const { perhaps } = work.root;
      if (perhaps !== undefined && Array.from(perhaps.chain()).includes(scope)) this.#perhapsTo(work);
    }
  }

  #perhapsTo(work: Work): void {
    if (!work.functionEnded) this.request(work.root, false);
  }

  /** The latest request that a strand may have to take; 0 for none. */
  latestRequestTo(strand: Strand): number {
    return Math.max(strand.scope.latestRequest(), strand.mayTake);
  }

  /** A scope that is cancelled by its own deadline. */
  deadline(scope: Scope, timeout: Timeout): Deadline {
    return this.#watch({ scope, isCertain: true, hasPassed: () => timeout.expired() });
  }

  /** A scope that may be cancelled from some time on. */
  perhapsFrom(scope: Scope, hasPassed: () => boolean): Deadline {
    return this.#watch({ scope, isCertain: false, hasPassed });
  }

  #watch(deadline: Deadline): Deadline {
    this.#deadlines.add(deadline);
    return deadline;
  }

  unwatch(deadline: Deadline): void {
    this.#noteDeadlines();
    this.#deadlines.delete(deadline);
  }

  #noteDeadlines(): void {
    for (const deadline of this.#deadlines) {
      if (!deadline.hasPassed()) continue;
      this.#deadlines.delete(deadline);
      this.request(deadline.scope, deadline.isCertain);
    }
  }

  // --- What happens

  /** Something happens in a strand's code. */
  happens(strand: Strand, what: string): void {
    this.#noteDeadlines();
    const other = this.#undisturbed;
    const { work } = strand.scope;
    if (other === undefined || other === work || !this.isExact || !work.isLinear || strand.isBackFromAbroad)
      return;
    this.violated(`${what} in task ${work.index} came in the middle of a step of task ${other.index}`);
  }

  /** A stretch of native awaits begins, or ends, which belongs to one step of one task. */
  undisturbed(strand: Strand, begins: boolean): void {
    const { work } = strand.scope;
    if (begins && work.isLinear && !strand.isBackFromAbroad) this.#undisturbed = work;
    else if (this.#undisturbed === work) this.#undisturbed = undefined;
  }

  /**
   * A strand waits, and what is answered is to be called with the outcome.
   * `mustTake`: it is a wait that always suspends, so that a request has to end it.
   */
  waits(
    strand: Strand,
    doing: Doing,
    mustTake: boolean,
    works: readonly Work[] = [],
    areAll = true,
  ): (cancelled: boolean) => void {
    this.#noteDeadlines();
    const hasBegunBefore = this.#mainEndedMs === undefined && !this.isEnding;
    this.seen(strand);
    strand.owedAtWait = [...strand.owed];
    const owedBefore = mustTake ? strand.owedAtWait : [];
    strand.suspendedSince = mustTake ? ++this.#moments : Number.POSITIVE_INFINITY;
    // Something that it has begun may be who takes it.
    // Who waits for tasks passes it on to them, and they may refuse.
    if (works.length > 0) strand.owed.clear();
    if (doing === "others") strand.hasHelpers = true;
    if (doing === "others" || (doing === "abroad" && strand.hasHelpers)) strand.owed.clear();
    strand.doing = doing;
    strand.waitsFor = works;
    strand.waitsForTasksAlone = areAll;
    if (this.latestRequestTo(strand) > strand.taken) for (const work of works) this.#perhapsTo(work);
    return (cancelled) => {
      this.#noteDeadlines();
      strand.doing = "running";
      strand.waitsFor = [];
      if (cancelled) strand.wasCancelled = true;
      strand.isBackFromAbroad = doing === "abroad" || (doing === "others" && strand.isBackFromAbroad);
      // Nobody can tell that it was seen before.
      if (doing === "abroad") this.#isBackFromAbroad(strand);
      if (doing === "waiting" && hasBegunBefore && !cancelled) this.#endedInTime(strand);
      if (this.isEnding || doing === "others" || doing === "abroad") return;
      if (!this.isExact) {
        // Whose wait it is may be mistaken, but it is somebody's request.
        if (cancelled && this.#requests === 0)
          this.violated("somebody was cancelled though nobody had asked for it");
        return;
      }
      if (cancelled) this.#took(strand, doing === "joining");
      else this.#tookNothing(strand, owedBefore);
    };
  }

  /** A strand waits for one of ours, or enters a scope. */
  seen(strand: Strand): void {
    if (strand.isUnseen) strand.owed.clear();
    strand.isUnseen = false;
  }

  /** Who waits natively comes back from abroad with those whom he waits for. */
  #isBackFromAbroad(strand: Strand): void {
    // Where nothing has ever run beside it, it can only be the one that was told.
    if (!strand.hasHelpers) return;
    strand.taken = 0;
    const { work } = strand.scope;
    for (const other of this.live) if (other.doing === "others" && other.scope.work === work) other.taken = 0;
  }

  /** Whoever waits at the end of main is cancelled then. */
  #endedInTime(strand: Strand): void {
    const isCleaningUp = strand.wasCancelled || strand.scope.work.functionEnded;
    if (isCleaningUp || this.#mainEndedMs === undefined || this.#nowMs() <= this.#mainEndedMs) return;
    this.violated(`strand ${strand.id} was not cancelled at the end of main`);
  }

  #took(strand: Strand, isPerhapsOfOthers: boolean): void {
    const latest = this.latestRequestTo(strand);
    // Where others may have been cancelled, nobody can tell whether the request was taken with that.
    if (isPerhapsOfOthers) {
      strand.owed.clear();
      return;
    }
    const mayComeLater = [...strand.scope.chain()].some(({ isBeingLeft }) => isBeingLeft);
    if (latest <= strand.taken && !mayComeLater) {
      const again = latest > 0 ? `; it has taken request ${latest} before` : "";
      this.violated(`strand ${strand.id} was cancelled without a request${again}`);
    }
    strand.taken = latest;
    strand.owed.clear();
  }

  #tookNothing(strand: Strand, owedBefore: readonly number[]): void {
    const missed = owedBefore.filter((id) => this.#stillStands(strand, id));
    if (missed.length === 0) return;
    this.violated(`strand ${strand.id} was not reached by request ${missed.join(", ")}`);
    strand.owed.clear();
  }

  #stillStands(strand: Strand, id: number): boolean {
    if (id <= strand.taken) return false;
    return [...strand.scope.chain()].some(({ requests }) => requests.some((request) => request.id === id));
  }

  // --- Scopes

  /** The body of a scope has ended, and the scope is left: by the strand `host`. */
  left(scope: Scope, body: Strand, host: Strand): void {
    this.#noteDeadlines();
    const isCancelled = scope.requests.some(({ isCertain }) => isCertain);
    if (scope.latestRequest() > body.taken) host.mayTake = ++this.#requests;
    scope.isClosed = true;
    host.taken = Math.max(host.taken, body.taken);
    // A body that was let go runs on beside it.
    if (body.hasHelpers || (body !== host && this.live.has(body))) host.hasHelpers = true;
    for (const id of body.owed) if (this.#stillStands(host, id)) host.owed.add(id);
    if (!this.isExact || !isCancelled || this.isEnding) return;
    for (const strand of this.live) {
      if (strand.scope !== scope || strand === body || strand === host || strand.doing !== "waiting")
        continue;
      // Who came to wait just as the body ended is not known inside.
      if (strand.suspendedSince < body.endedAt)
        this.violated(`a cancelled scope was left while strand ${strand.id} waited in it`);
    }
  }
}
