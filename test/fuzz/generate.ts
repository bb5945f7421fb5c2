// Writes random programs that are worth running: short, crowded, full of ties, errors and cancellations.
//
// Owns the shape of a program: which features it uses, how its tasks hang together, how long it gets, which
// names it may use where. Must not know how ops are made (generate-sync.ts, generate-async.ts) or run. The same seed and options
// give the same program on every host, so nothing here may depend on anything but the seed.

import { asyncOp, contestedOp } from "./generate-async.ts";
import { callbackOp, raceOp, spawnOp } from "./generate-sync.ts";
import type { Body, CallbackBody, Inline, Op, Operand, Program, SharedObject } from "./program.ts";
import { Random } from "./random.ts";

/** What a program may use beyond tasks, sleeps, cancellation and try, which every program uses. */
export const FEATURES = [
  "gather",
  "wait",
  "asCompleted",
  "waitFor",
  "shield",
  "timeout",
  "group",
  "future",
  "callback",
  "lock",
  "event",
  "condition",
  "semaphore",
  "barrier",
  "queue",
  "context",
  "eager",
] as const;
export type Feature = (typeof FEATURES)[number];

/** What async functions can do as well: none gets past its first `await` at once, as an eager coroutine does. */
export const FEATURES_OF_ASYNC_FUNCTIONS = FEATURES.filter((feature) => feature !== "eager");

export interface GeneratorOptions {
  /** Those from which each program draws a few. */
  readonly features?: readonly Feature[];
  readonly opsMax?: number;
}

const OPS_MIN = 5;
const OPS_MAX = 60;
const TASK_DEPTH_MAX = 4;
const BLOCK_DEPTH_MAX = 3;

/** Few and small, so that deadlines often coincide. */
const DELAYS_MS = [-1, 0, 0, 0.5, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7];

/** Where in a program an op is to stand. */
export interface Place {
  /** The number of the task whose code this is. */
  readonly owner: number;
  /** How many tasks down from main. */
  readonly taskDepth: number;
  /** How many blocks down in the body of its task. */
  readonly blockDepth: number;
}

export function generate(seed: number, options: GeneratorOptions = {}): Program {
  return new Author(seed, options).program();
}

/** Programs of consecutive seeds. */
export function generateMany(seed: number, count: number, options: GeneratorOptions = {}): Program[] {
  return Array.from({ length: count }, (_, index) => generate((seed + index) >>> 0, options));
}

export class Author {
  readonly random: Random;
  /** What this program has drawn. */
  readonly features: ReadonlySet<Feature>;
  /** What it could have drawn. */
  readonly allowed: ReadonlySet<Feature>;
  /** How much oftener than otherwise a program uses what it has drawn: some are about nothing else. */
  readonly emphasis: number;
  readonly #seed: number;
  /** Whether it is a program about a few things that many are after. */
  readonly #crowded: boolean;
  readonly #objects: SharedObject[] = [];
  /** The tasks named so far with their numbers; a task has a higher number than the one that names it first. */
  readonly #tasks: { readonly name: string; readonly number: number }[] = [{ name: "main", number: 0 }];
  readonly #names = new Map<string, string[]>();
  /** Bodies promised to tasks and not yet written. */
  readonly #promised: (() => void)[] = [];
  #opsLeft: number;
  #lastNumber = 0;

  constructor(seed: number, { features = FEATURES, opsMax = OPS_MAX }: GeneratorOptions) {
    this.#seed = seed;
    this.random = new Random(seed);
    this.#opsLeft = this.random.between(Math.min(OPS_MIN, opsMax), opsMax);
    this.#crowded = this.random.chance(0.6);
    this.allowed = new Set(features);
    this.features = new Set(this.random.some(features, this.random.between(1, this.#crowded ? 2 : 4)));
    this.emphasis = this.random.pick([1, 2, 4, 8]);
    this.#makeObjects();
  }

  program(): Program {
    const place: Place = { owner: 0, taskDepth: 0, blockDepth: 0 };
    const main: Op[] = [];
    // A crowd first: nothing happens between tasks where there is only one.
    if (this.#crowded) this.#crew(main, place);
    else for (let count = this.random.between(1, 4); count > 0; count--) main.push(spawnOp(this, place));
    this.#fill(main, place, this.random.between(4, 14));
    // Breadth first: whoever is written later knows the names of all who were written before, siblings too.
    for (let write = this.#promised.shift(); write; write = this.#promised.shift()) write();
    return { seed: this.#seed, objects: this.#objects, main };
  }

  /** A block within the body of the same task. */
  block(place: Place): Body {
    const ops: Op[] = [];
    this.#fill(ops, { ...place, blockDepth: place.blockDepth + 1 }, this.random.between(1, 4));
    return ops;
  }

  /** The body of a callback. */
  callbackBody(place: Place): CallbackBody {
    return Array.from({ length: this.random.between(1, 2) }, () => {
      this.#opsLeft--;
      return callbackOp(this, { ...place, blockDepth: place.blockDepth + 1 });
    });
  }

  /** A name for a new task, and its body, which is written later. */
  task(place: Place): Inline {
    return this.#newTask((ops, inside) => this.#fill(ops, inside, this.random.between(1, 7)), place);
  }

  /** A name for a new thing of this kind, known to all who are written from now on. */
  name(kind: string): string {
    const name = `${kind}${++this.#lastNumber}`;
    this.#names.set(kind, [...this.known(kind), name]);
    return name;
  }

  /** The names of this kind so far. */
  known(kind: string): readonly string[] {
    return this.#names.get(kind) ?? [];
  }

  /** One of the names of these kinds, if there is any. */
  anyKnown(...kinds: readonly string[]): string | undefined {
    const names = kinds.flatMap((kind) => this.known(kind));
    return names.length > 0 ? this.random.pick(names) : undefined;
  }

  /** Any task but, mostly, main: most programs should live on. */
  anyTask(): string {
    const { name } = this.random.pick(this.#tasks);
    return name === "main" && this.random.chance(0.7) ? this.random.pick(this.#tasks).name : name;
  }

  /**
   * A task or future that this place may wait for so that its own cancellation reaches it. Only tasks of a
   * higher number: tasks that wait for each other in a circle make CPython overflow its stack at a cancel, and
   * one that waits for itself is spoilt for all others (its flag "being awaited" stays up).
   */
  awaitable(place: Place): string | undefined {
    const younger = this.#tasks.filter(({ number }) => number > place.owner).map(({ name }) => name);
    const names = [...younger, ...this.known("future")];
    return names.length > 0 ? this.random.pick(names) : undefined;
  }

  /** A task or future that may be watched, from anywhere but from within itself. */
  watchable(place: Place): string | undefined {
    const others = this.#tasks.filter(({ number }) => number !== place.owner && number !== 0);
    const names = [...others.map(({ name }) => name), ...this.known("future")];
    return names.length > 0 ? this.random.pick(names) : undefined;
  }

  /** Something to hand to a combinator: a new coroutine, or what `reference` finds. */
  operand(place: Place, reference: (place: Place) => string | undefined): Operand {
    const ref = reference.call(this, place);
    if (ref !== undefined && (!this.mayNest(place) || this.random.chance(0.5))) return { ref };
    return this.task(place);
  }

  operands(place: Place, reference: (place: Place) => string | undefined): Operand[] {
    const count = this.random.weighted([
      [1, 0],
      [4, 1],
      [8, 2],
      [5, 3],
      [2, 4],
    ]);
    return Array.from({ length: count }, () => this.operand(place, reference));
  }

  /** Whether there is room here for a further task with a body of its own. */
  mayNest(place: Place): boolean {
    return this.#opsLeft > 0 && place.taskDepth < TASK_DEPTH_MAX;
  }

  mayBlock(place: Place): boolean {
    return this.#opsLeft > 0 && place.blockDepth < BLOCK_DEPTH_MAX;
  }

  delayMs(): number {
    return this.random.pick(DELAYS_MS);
  }

  /** Several tasks after the same few things, and accidents that befall them there. */
  #crew(main: Op[], place: Place): void {
    for (let count = this.random.between(3, 5); count > 0; count--) {
      const { name, body } = this.#newTask((ops, inside) => {
        if (this.random.chance(0.5)) ops.push({ op: "sleep", ms: this.delayMs() });
        for (let visits = this.random.between(1, 2); visits > 0; visits--)
          ops.push(contestedOp(this, inside));
      }, place);
      main.push({ op: "spawn", name, body });
    }
    for (let count = this.random.between(2, 5); count > 0; count--) {
      const race = raceOp(this, place);
      if (race !== undefined) main.push(race);
    }
    this.#opsLeft -= main.length;
  }

  #newTask(write: (ops: Op[], place: Place) => void, { taskDepth }: Place): Inline {
    const number = ++this.#lastNumber;
    const name = `task${number}`;
    const body: Op[] = [];
    this.#tasks.push({ name, number });
    this.#promised.push(() => write(body, { owner: number, taskDepth: taskDepth + 1, blockDepth: 0 }));
    return { name, body };
  }

  #fill(ops: Op[], place: Place, length: number): void {
    for (let index = 0; index < length; index++) {
      // Every body gets one op, however little is left: a task that does nothing shows nothing.
      if (this.#opsLeft <= 0 && index > 0) break;
      this.#opsLeft--;
      const op = asyncOp(this, place);
      // Most bodies go on after most errors, or what comes after the first one would hardly ever run.
      ops.push(this.random.chance(place.owner === 0 ? 0.8 : 0.5) ? survive(op) : op);
    }
    if (place.blockDepth > 0 || place.owner === 0) return;
    const end = this.random.between(0, 9);
    if (end < 3) ops.push({ op: "return", value: this.random.between(1, 99) });
    else if (end < 4) ops.push({ op: "raise", error: "Boom", message: `end${place.owner}` });
  }

  #makeObjects(): void {
    const { random } = this;
    const some = (kind: string, most: number, make: (name: string) => SharedObject): void => {
      for (let count = random.between(1, most); count > 0; count--) this.#objects.push(make(this.name(kind)));
    };
    if (this.features.has("future")) some("future", 3, (name) => ({ kind: "future", name }));
    if (this.features.has("lock")) some("lock", 2, (name) => ({ kind: "lock", name }));
    if (this.features.has("event")) some("event", 2, (name) => ({ kind: "event", name }));
    if (this.features.has("condition")) some("condition", 1, (name) => ({ kind: "condition", name }));
    if (this.features.has("semaphore")) {
      some("semaphore", 2, (name) => ({
        kind: random.pick(["semaphore", "boundedSemaphore"]),
        name,
        value: random.pick([0, 1, 1, 2]),
      }));
    }
    if (this.features.has("barrier")) {
      some("barrier", 1, (name) => ({ kind: "barrier", name, parties: random.pick([1, 2, 2, 3]) }));
    }
    if (this.features.has("queue")) {
      some("queue", 2, (name) => ({
        kind: random.pick(["queue", "queue", "priorityQueue", "lifoQueue"]),
        name,
        maxsize: random.pick([0, 1, 1, 2]),
      }));
    }
  }
}

const HARMLESS: ReadonlySet<Op["op"]> = new Set([
  "return",
  "raise",
  "try",
  "sleep",
  "spawn",
  "cancel",
  "uncancel",
  "look",
  "addCallback",
  "callSoon",
  "callLater",
  "callAt",
  "set",
  "clear",
  "bump",
  "setVar",
  "getVar",
  "saveContext",
]);

/** The op, with its errors caught, where it is one that may fail. A raise is meant to be felt. */
function survive(op: Op): Op {
  if (HARMLESS.has(op.op)) return op;
  return { op: "try", body: [op], catch: { what: "Exception", body: [], rethrow: false } };
}
