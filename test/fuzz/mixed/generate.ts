// Writes random programs of the mixed kind.
//
// Owns how often what is made, and the rules by which no program waits for ever by its own fault (program.ts). Must not
// know what the ops do.

import { Random } from "../random.ts";
import {
  type Act,
  type Body,
  EVENTS,
  LOCKS,
  type MixedOp,
  type MixedProgram,
  type Operand,
  PROMISES,
  type Style,
} from "./program.ts";

/** What a program may contain besides sleeps, calls, tasks, scopes and control flow. */
export type Feature =
  /** What runs beside its starter in one task: floating calls, Promise.all and its kin, callbacks, listeners. */
  | "beside"
  /** Waits for promises that are none of ours. */
  | "foreign"
  /** Foreign waits that take real time, so that no two runs are alike. */
  | "foreignTimer"
  /** Hundreds of native awaits in a step. */
  | "native"
  | "interrupt"
  | "cancel"
  | "generators"
  /** Handlers of servers. */
  | "server"
  /** Listeners that act while a request is on its way. */
  | "listeners";

const CHANCES: Readonly<Record<Feature, number>> = {
  beside: 0.75,
  foreign: 0.4,
  foreignTimer: 0.04,
  native: 0.5,
  interrupt: 0.03,
  cancel: 0.6,
  generators: 0.5,
  server: 0.15,
  listeners: 0.2,
};

const OPS_MAX = 40;
const DEPTH_MAX = 6;

/** Where an op is to stand. */
interface Place {
  readonly depth: number;
  /** The lowest lock that may still be asked for here. */
  readonly lock: number;
  /** What was started before, and may be waited for or cancelled. */
  readonly known: string[];
  readonly groups: readonly string[];
  /** Groups that are open around this place, in whichever task: what is in them may cancel them. */
  readonly around: readonly string[];
  readonly style: Style;
}

type Maker = (author: Author, place: Place) => MixedOp | undefined;
type Row = readonly [weight: number, feature: Feature | "always", make: Maker];

/** Of these alone a program goes the same way on every host, whether it has async context or not. */
export const FEATURES_OF_EVERY_HOST: readonly Feature[] = ["native", "interrupt", "cancel", "generators"];

/** @param allowed - what it may contain besides the ordinary. */
export function generateMixed(
  seed: number,
  allowed: readonly Feature[] = Object.keys(CHANCES) as Feature[],
): MixedProgram {
  return new Author(seed, allowed).program();
}

class Author {
  readonly random: Random;
  readonly #seed: number;
  readonly #features = new Set<Feature>();
  #left: number;
  #names = 0;

  constructor(seed: number, allowed: readonly Feature[]) {
    this.#seed = seed;
    this.random = new Random(seed);
    this.#left = this.random.between(4, OPS_MAX);
    for (const [feature, chance] of Object.entries(CHANCES)) {
      const isWanted = this.random.chance(chance);
      if (isWanted && allowed.includes(feature as Feature)) this.#features.add(feature as Feature);
    }
  }

  program(): MixedProgram {
    const { random } = this;
    const style = this.style();
    const place: Place = { depth: 0, lock: 0, known: [], groups: [], around: [], style };
    const ops = [...this.block(place)];
    while (this.#left > 0) ops.push(...this.block(place));
    const points = this.has("cancel") ? random.between(0, 2) : 0;
    const objects = Array.from({ length: points }, () => ({
      event: random.between(1, 40),
      task: random.between(0, 4),
    }));
    return { seed: this.#seed, style, main: ops, objects };
  }

  has(feature: Feature | "always"): boolean {
    return feature === "always" || this.#features.has(feature);
  }

  style(): Style {
    return this.has("generators") && this.random.chance(0.35) ? "generator" : "async";
  }

  name(): string {
    return `n${++this.#names}`;
  }

  ms(): number {
    return this.random.weighted([
      [2, 0],
      [3, 1],
      [3, this.random.between(2, 5)],
      [2, this.random.between(6, 20)],
    ]);
  }

  block(place: Place): Body {
    const ops: MixedOp[] = [];
    for (let count = this.random.between(1, 3); count > 0; count--) ops.push(this.op(place));
    return ops;
  }

  op(place: Place): MixedOp {
    this.#left--;
    const rows = ROWS.filter(([, feature]) => this.has(feature));
    for (let tries = 0; tries < 10; tries++) {
      const op = this.random.weighted(rows.map(([weight, , make]) => [weight, make] as const))(this, place);
      if (op !== undefined) return op;
    }
    return { op: "sleep", ms: this.ms() };
  }

  mayNest(place: Place): boolean {
    return this.#left > 0 && place.depth < DEPTH_MAX;
  }

  /** A body that stands at this place: names that it makes are known in it alone. */
  inside(place: Place, style: Style, change: Partial<Place> = {}): Body {
    return this.block({ ...place, known: [...place.known], depth: place.depth + 1, style, ...change });
  }

  /** What a listener does. */
  act({ known, around }: Place): Act | undefined {
    const { random } = this;
    switch (random.pick(["cancel", "cancel", "cancelGroup", "cancelSelf", "setEvent", "resolve"] as const)) {
      case "cancel":
        return known.length === 0 ? undefined : { op: "cancel", ref: random.pick(known) };
      case "cancelGroup":
        return around.length === 0 ? undefined : { op: "cancelGroup", ref: random.pick(around) };
      case "cancelSelf":
        return { op: "cancelSelf" };
      case "setEvent":
        return { op: "setEvent", ref: random.between(0, EVENTS - 1) };
      case "resolve":
        return { op: "resolve", ref: random.between(0, PROMISES - 1) };
    }
  }

  operands(place: Place, hows: readonly Operand["how"][]): Operand[] {
    return Array.from({ length: this.random.between(2, 3) }, () => {
      const how = this.random.pick(hows);
      if (how === "sleep" || !this.mayNest(place)) return { how: "sleep", ms: this.ms() };
      const style = how === "call" ? "async" : this.style();
      return { how, style, body: this.inside(place, style) };
    });
  }
}

/** An op with a body, where there is room for one. */
function nesting(make: (author: Author, place: Place) => MixedOp): Maker {
  return (author, place) => (author.mayNest(place) ? make(author, place) : undefined);
}

/** An op with a body, in either style. */
function styled(make: (author: Author, place: Place, style: Style) => MixedOp): Maker {
  return nesting((author, place) => make(author, place, author.style()));
}

function combinator(op: OpWithOperands, hows: readonly Operand["how"][]): Maker {
  return nesting((author, place) => ({ op, of: author.operands(place, hows) }));
}
type OpWithOperands = "all" | "race" | "any" | "allSettled" | "gather" | "asCompleted";

const ROWS: readonly Row[] = [
  [20, "always", (author) => ({ op: "sleep", ms: author.ms() })],
  [
    2,
    "beside",
    (author, place) => {
      const body =
        author.mayNest(place) && author.random.chance(0.5) ? author.inside(place, "async") : undefined;
      return { op: "then", ms: author.ms(), ...(body && { body }) };
    },
  ],
  [1, "always", () => ({ op: "peek" })],
  [3, "always", (author) => ({ op: "waitEvent", ref: author.random.between(0, EVENTS - 1) })],
  [4, "always", (author) => ({ op: "setEvent", ref: author.random.between(0, EVENTS - 1) })],
  [6, "native", (author) => ({ op: "native", times: author.random.pick([1, 3, 10, 47, 60, 200, 400]) })],
  [5, "foreign", (author) => ({ op: "foreign", turns: author.random.between(1, 4) })],
  [3, "foreign", (author) => ({ op: "promised", ref: author.random.between(0, PROMISES - 1) })],
  [4, "foreign", (author) => ({ op: "resolve", ref: author.random.between(0, PROMISES - 1) })],
  [5, "foreignTimer", (author) => ({ op: "foreignTimer", ms: author.random.between(0, 3) })],

  [6, "always", styled((author, place, style) => ({ op: "call", style, body: author.inside(place, style) }))],
  [
    9,
    "beside",
    nesting((author, place) => {
      const body = author.inside(place, "async");
      const as = author.name();
      place.known.push(as);
      return { op: "float", as, listener: author.random.chance(0.3), body };
    }),
  ],
  [
    7,
    "always",
    styled((author, place, style) => {
      const body = author.inside(place, style, { groups: [] });
      const as = author.name();
      place.known.push(as);
      return { op: "spawn", as, style, eager: author.random.chance(0.25), body };
    }),
  ],
  [
    8,
    "always",
    styled((author, place, style) => {
      const ref = place.groups.at(-1);
      if (ref === undefined) return { op: "sleep", ms: author.ms() };
      return { op: "spawnInto", ref, style, body: author.inside(place, style, { groups: [] }) };
    }),
  ],
  [
    3,
    "beside",
    nesting((author, place) => ({
      op: "callSoon",
      ms: author.random.pick([0, 0, 1, 4]),
      body: author.inside(place, "async", { groups: [] }),
    })),
  ],
  [
    6,
    "beside",
    nesting((author, place) => {
      if (place.known.length === 0) return { op: "sleep", ms: author.ms() };
      const ref = author.random.pick(place.known);
      return { op: "whenDone", ref, body: author.inside(place, "async", { groups: [] }) };
    }),
  ],
  [
    2,
    "beside",
    nesting((author, place) => ({ op: "outside", body: author.inside(place, "async", { groups: [] }) })),
  ],
  [
    5,
    "server",
    styled((author, place, style) => {
      if (place.lock > 0) return { op: "sleep", ms: author.ms() };
      return { op: "serve", style, body: author.inside(place, style, { groups: [] }) };
    }),
  ],
  [
    5,
    "always",
    (author, place) => {
      // Whoever holds a lock may not wait for one who asks for it.
      if (place.known.length === 0 || place.lock > 0) return undefined;
      return { op: "join", ref: author.random.pick(place.known) };
    },
  ],

  [5, "beside", combinator("all", ["call", "call", "sleep"])],
  [3, "beside", combinator("race", ["call", "call", "sleep"])],
  [2, "beside", combinator("any", ["call", "call", "sleep"])],
  [3, "beside", combinator("allSettled", ["call", "call", "sleep"])],
  [4, "beside", combinator("gather", ["call", "task", "function", "sleep"])],
  [4, "always", combinator("gather", ["task", "function", "sleep"])],
  [2, "always", combinator("asCompleted", ["task", "function"])],
  [
    2,
    "always",
    styled((author, place, style) => ({
      op: "shield",
      how: author.random.pick(["task", "function"]),
      style,
      body: author.inside(place, style),
    })),
  ],
  [
    2,
    "always",
    styled((author, place, style) => ({
      op: "waitFor",
      ms: author.ms(),
      how: author.random.pick(["call", "function"]),
      style,
      body: author.inside(place, style),
    })),
  ],
  [2, "beside", nesting((author, place) => ({ op: "adopt", body: author.inside(place, "async") }))],

  [
    10,
    "always",
    styled((author, place, style) => ({
      op: "timeout",
      ms: author.ms(),
      style,
      plain: author.random.chance(0.3),
      body: author.inside(place, style),
    })),
  ],
  [
    7,
    "always",
    styled((author, place, style) => {
      const name = author.name();
      return {
        op: "group",
        name,
        style,
        plain: author.random.chance(0.3),
        body: author.inside(place, style, {
          groups: [...place.groups, name],
          around: [...place.around, name],
        }),
      };
    }),
  ],
  [
    1,
    "cancel",
    (author, place) =>
      place.around.length === 0 ? undefined : { op: "cancelGroup", ref: author.random.pick(place.around) },
  ],
  [
    5,
    "always",
    styled((author, place, style) => {
      if (place.lock >= LOCKS) return { op: "sleep", ms: author.ms() };
      const ref = author.random.between(place.lock, LOCKS - 1);
      const plain = author.random.chance(0.3);
      return { op: "with", ref, style, plain, body: author.inside(place, style, { lock: ref + 1 }) };
    }),
  ],

  [
    2,
    "beside",
    nesting((author, place) => {
      if (place.style === "generator") return { op: "sleep", ms: author.ms() };
      const items = author.random.between(1, 3);
      const takes = author.random.between(1, 3);
      return {
        op: "each",
        items,
        takes,
        body: author.inside(place, "async"),
        inner: author.inside(place, "async"),
      };
    }),
  ],
  [
    9,
    "always",
    nesting((author, place) => {
      const caught = author.random.chance(0.7);
      const final = !caught || author.random.chance(0.5);
      return {
        op: "try",
        body: author.inside(place, place.style),
        ...(caught ? { catch: author.random.chance(0.5) ? author.inside(place, place.style) : [] } : {}),
        ...(final ? { finally: author.inside(place, place.style) } : {}),
      };
    }),
  ],
  [1.5, "always", () => ({ op: "throw" })],
  [1, "always", () => ({ op: "return" })],
  [
    4,
    "cancel",
    (author, place) =>
      place.known.length === 0 ? undefined : { op: "cancel", ref: author.random.pick(place.known) },
  ],
  [2, "cancel", () => ({ op: "cancelSelf" })],
  [
    4,
    "listeners",
    (author, place) => {
      const act = author.act(place);
      return act && { op: "onAbort", act };
    },
  ],
  [1, "interrupt", () => ({ op: "interrupt" })],
];
