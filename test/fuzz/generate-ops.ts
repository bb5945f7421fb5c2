// Makes one random op at a time.
//
// Owns the tables of what may stand in a coroutine and in a callback, and how often. Must not know how a
// program hangs together: names, nesting and length are the Author's (generate.ts). A maker that finds
// nothing to refer to gives nothing, and another one is asked.

import type { Author, Feature, Place } from "./generate.ts";
import {
  type AsyncOp,
  type Body,
  type CatchName,
  type ErrorName,
  type Op,
  type SyncOp,
  VARIABLES,
} from "./program.ts";

type Maker<Made extends Op> = (author: Author, place: Place) => Made | undefined;
type Row<Made extends Op> = readonly [weight: number, feature: Feature | "always", make: Maker<Made>];

/** An op for a coroutine. */
export function asyncOp(author: Author, place: Place): Op {
  return make<Op>(ANYWHERE, author, place) ?? { op: "sleep", ms: author.delayMs() };
}

export function spawnOp(author: Author, place: Place): SyncOp {
  const eager = author.features.has("eager") && author.random.chance(0.6);
  return { op: "spawn", ...author.task(place), ...(eager ? { eager: true } : context(author)) };
}

/** An op for a callback. */
export function callbackOp(author: Author, place: Place): SyncOp {
  return make(SYNC, author, place) ?? { op: "cancel", ref: author.anyTask() };
}

function make<Made extends Op>(rows: readonly Row<Made>[], author: Author, place: Place): Made | undefined {
  const choices = rows
    .filter(([, feature]) => feature === "always" || author.features.has(feature))
    .map(([weight, , maker]) => [weight, maker] as const);
  for (let tries = 0; tries < 10; tries++) {
    const made = author.random.weighted(choices)(author, place);
    if (made) return made;
  }
  return undefined;
}

/** The op about one of the names of a kind, if there is one. */
function about<Made extends Op>(kinds: string, build: (ref: string, author: Author) => Made): Maker<Made> {
  return (author) => {
    const ref = author.anyKnown(...kinds.split(" "));
    return ref === undefined ? undefined : build(ref, author);
  };
}

/** The op with a block, where there is room for one. */
function nesting<Made extends Op>(build: Maker<Made>): Maker<Made> {
  return (author, place) => (author.mayBlock(place) ? build(author, place) : undefined);
}

const value = ({ random }: Author): number => random.between(1, 9);
const message = ({ random }: Author): string => `m${random.between(1, 9)}`;
const failure = ({ random }: Author): ErrorName =>
  random.weighted([
    [6, "Boom"],
    [3, "Crash"],
    [1, "CancelledError"],
    [1, "TimeoutError"],
  ]);
const context = (author: Author): { context?: string } => {
  const known = author.anyKnown("context");
  return known !== undefined && author.random.chance(0.5) ? { context: known } : {};
};

function cancelOp(author: Author): SyncOp {
  const ref = author.random.chance(0.75)
    ? author.anyTask()
    : (author.anyKnown("gather", "shield", "future", "timer") ?? author.anyTask());
  // A handle takes no message.
  const told = !ref.startsWith("timer") && author.random.chance(0.4);
  return { op: "cancel", ref, ...(told ? { message: message(author) } : {}) };
}

const SYNC: readonly Row<SyncOp>[] = [
  [12, "always", (author, place) => (author.mayNest(place) ? spawnOp(author, place) : undefined)],
  [8, "always", cancelOp],
  [
    4,
    "always",
    // At some point in the life of whoever it hits, and not only where its elders have got to.
    nesting((author) => ({
      op: "callLater",
      name: author.name("timer"),
      ms: author.random.between(0, 4),
      body: [cancelOp(author)],
    })),
  ],
  [2, "always", (author) => ({ op: "uncancel", ref: author.anyTask() })],
  [2, "always", (author) => ({ op: "look", ref: author.anyTask() })],
  [0.4, "always", (author) => ({ op: "result", ref: author.anyTask() })],
  [0.4, "always", (author) => ({ op: "exception", ref: author.anyTask() })],
  [1.5, "always", (author) => ({ op: "raise", error: failure(author), message: message(author) })],

  [8, "group", (author, place) => groupSpawn(author, place)],
  [5, "timeout", about("scope", (ref, author) => ({ op: "reschedule", ref, ms: deadline(author) }))],
  [2, "timeout", about("scope", (ref) => ({ op: "look", ref }))],

  [6, "future", about("future", (ref, author) => ({ op: "setResult", ref, value: value(author) }))],
  [
    3,
    "future",
    about("future", (ref, author) => ({
      op: "setException",
      ref,
      error: failure(author),
      message: message(author),
    })),
  ],
  [0.5, "future", about("future", (ref) => ({ op: "result", ref }))],
  [0.5, "future", about("future", (ref) => ({ op: "exception", ref }))],
  [1, "future", about("future", (ref) => ({ op: "look", ref }))],
  [0.3, "future", (author) => ({ op: "setResult", ref: author.anyTask(), value: value(author) })],

  [
    5,
    "callback",
    nesting((author, place) => {
      const ref = author.anyKnown("future") ?? author.anyTask();
      const name = author.name("callback");
      return { op: "addCallback", ref, name, body: author.callbackBody(place), ...context(author) };
    }),
  ],
  [
    1.5,
    "callback",
    about("callback", (name, author) => ({
      op: "removeCallback",
      ref: author.anyKnown("future") ?? author.anyTask(),
      name,
    })),
  ],
  [
    4,
    "callback",
    nesting((author, place) => ({
      op: "callSoon",
      name: author.name("timer"),
      body: author.callbackBody(place),
      ...context(author),
    })),
  ],
  [
    8,
    "callback",
    nesting((author, place) => ({
      op: "callLater",
      name: author.name("timer"),
      ms: author.delayMs(),
      body: author.callbackBody(place),
      ...context(author),
    })),
  ],
  [
    2,
    "callback",
    nesting((author, place) => ({
      op: "callAt",
      name: author.name("timer"),
      ms: author.random.between(0, 8),
      body: author.callbackBody(place),
    })),
  ],
  [1, "callback", about("timer", (ref) => ({ op: "look", ref }))],

  [1.5, "lock", about("lock", (ref) => ({ op: "release", ref }))],
  [1, "lock", about("lock", (ref) => ({ op: "look", ref }))],
  [5, "event", about("event", (ref) => ({ op: "set", ref }))],
  [2, "event", about("event", (ref) => ({ op: "clear", ref }))],
  [1, "event", about("event", (ref) => ({ op: "look", ref }))],
  [
    0.7,
    "condition",
    about("condition", (ref, author) => ({ op: "notify", ref, count: author.random.between(0, 2) })),
  ],
  [0.4, "condition", about("condition", (ref) => ({ op: "notifyAll", ref }))],
  [3, "condition", about("condition", (ref) => ({ op: "bump", ref }))],
  [0.5, "condition", about("condition", (ref) => ({ op: "release", ref }))],
  [3, "semaphore", about("semaphore", (ref) => ({ op: "release", ref }))],
  [1, "semaphore", about("semaphore", (ref) => ({ op: "look", ref }))],
  [2, "barrier", about("barrier", (ref) => ({ op: "look", ref }))],
  [4, "queue", about("queue", (ref, author) => ({ op: "putNowait", ref, value: value(author) }))],
  [1.5, "queue", about("queue", (ref) => ({ op: "getNowait", ref }))],
  [1.5, "queue", about("queue", (ref) => ({ op: "taskDone", ref }))],
  [
    1.5,
    "queue",
    about("queue", (ref, author) => ({ op: "shutdown", ref, immediate: author.random.chance(0.4) })),
  ],
  [1, "queue", about("queue", (ref) => ({ op: "look", ref }))],

  [5, "context", (author) => ({ op: "setVar", var: author.random.pick(VARIABLES), value: value(author) })],
  [5, "context", (author) => ({ op: "getVar", var: author.random.pick(VARIABLES) })],
  [2, "context", (author) => ({ op: "saveContext", name: author.name("context") })],
  [
    2,
    "context",
    nesting((author, place) => {
      const ref = author.anyKnown("context");
      return ref === undefined ? undefined : { op: "inContext", ref, body: author.callbackBody(place) };
    }),
  ],
];

const ASYNC: readonly Row<AsyncOp>[] = [
  [26, "always", (author) => ({ op: "sleep", ms: author.delayMs() })],
  [
    6,
    "always",
    guarded((author, place) => {
      const ref = author.awaitable(place);
      return ref === undefined ? undefined : { op: "await", ref };
    }),
  ],
  [
    10,
    "always",
    nesting((author, place) => {
      const caught = author.random.chance(0.8);
      const final = !caught || author.random.chance(0.4);
      return {
        op: "try",
        body: author.block(place),
        ...(caught
          ? {
              catch: {
                what: caughtName(author),
                body: author.random.chance(0.6) ? author.block(place) : [],
                rethrow: author.random.chance(0.35),
              },
            }
          : {}),
        ...(final ? { finally: author.block(place) } : {}),
      };
    }),
  ],
  [2, "always", nesting((author, place) => ({ op: "call", body: author.block(place) }))],
  [
    3,
    "always",
    nesting((author, place) => ({
      op: "repeat",
      times: author.random.between(2, 3),
      body: author.block(place),
    })),
  ],
  [1, "always", (author) => ({ op: "return", value: value(author) })],

  [
    8,
    "gather",
    (author, place) => ({
      op: "gather",
      ...(author.random.chance(0.5) ? { as: author.name("gather") } : {}),
      of: author.operands(place, author.awaitable),
      returnExceptions: author.random.chance(0.5),
    }),
  ],
  [
    8,
    "wait",
    (author, place) => ({
      op: "wait",
      of: author.operands(place, author.watchable),
      until: author.random.pick(["FIRST_COMPLETED", "FIRST_EXCEPTION", "ALL_COMPLETED"]),
      ...(author.random.chance(0.4) ? { timeout: author.delayMs() } : {}),
    }),
  ],
  [
    7,
    "asCompleted",
    (author, place) => ({
      op: "asCompleted",
      of: author.operands(place, author.watchable),
      ...(author.random.chance(0.4) ? { timeout: author.delayMs() } : {}),
    }),
  ],
  [
    8,
    "waitFor",
    (author, place) => {
      const ref = author.awaitable(place);
      const timeout = author.random.chance(0.1) ? null : author.delayMs();
      if (ref !== undefined && author.random.chance(0.5)) return { op: "waitFor", of: { ref }, timeout };
      if (!author.mayBlock(place)) return undefined;
      // Not a task: wait_for runs a coroutine within the task that calls it.
      return { op: "waitFor", of: { name: author.name("call"), body: author.block(place) }, timeout };
    },
  ],
  [
    8,
    "shield",
    (author, place) => ({
      op: "shield",
      ...(author.random.chance(0.6) ? { as: author.name("shield") } : {}),
      of: author.operand(place, author.watchable),
    }),
  ],
  [
    9,
    "timeout",
    nesting((author, place) => ({
      op: "timeout",
      name: author.name("scope"),
      ms: deadline(author),
      body: author.block(place),
    })),
  ],
  [
    2,
    "timeout",
    nesting((author, place) => ({
      op: "timeoutAt",
      name: author.name("scope"),
      ms: author.random.between(0, 8),
      body: author.block(place),
    })),
  ],
  [
    10,
    "group",
    nesting((author, place) => {
      const name = author.name("group");
      const first = author.mayNest(place) ? [groupSpawnInto(author, place, name)] : [];
      return { op: "group", name, body: [...first, ...author.block(place)] };
    }),
  ],

  [8, "lock", nesting((author, place) => within("lock", author, author.block(place)))],
  [2, "lock", guarded(about("lock", (ref) => ({ op: "acquire", ref })))],
  [6, "event", guarded(about("event", (ref) => ({ op: "waitOn", ref })))],
  [
    8,
    "condition",
    nesting((author, place) => {
      const ref = author.anyKnown("condition");
      if (ref === undefined) return undefined;
      const waiting: AsyncOp = author.random.chance(0.7)
        ? { op: "waitOn", ref }
        : { op: "waitUntil", ref, atLeast: author.random.between(1, 3) };
      const rest = author.random.chance(0.3) ? author.block(place) : [];
      return within("condition", author, [waiting, ...rest]);
    }),
  ],
  [
    6,
    "condition",
    nesting((author) => {
      const ref = author.anyKnown("condition");
      if (ref === undefined) return undefined;
      return within("condition", author, [
        { op: "bump", ref },
        author.random.chance(0.6) ? { op: "notify", ref, count: 1 } : { op: "notifyAll", ref },
      ]);
    }),
  ],
  [0.5, "condition", guarded(about("condition", (ref) => ({ op: "waitOn", ref })))],
  [8, "semaphore", nesting((author, place) => within("semaphore", author, author.block(place)))],
  [3, "semaphore", guarded(about("semaphore", (ref) => ({ op: "acquire", ref })))],
  [10, "barrier", guarded(about("barrier", (ref) => ({ op: "waitOn", ref })))],
  [1.5, "barrier", about("barrier", (ref) => ({ op: "reset", ref }))],
  [1, "barrier", about("barrier", (ref) => ({ op: "abort", ref }))],
  [7, "queue", guarded(about("queue", (ref, author) => ({ op: "put", ref, value: value(author) })))],
  [7, "queue", guarded(about("queue", (ref) => ({ op: "get", ref })))],
  [2, "queue", guarded(about("queue", (ref) => ({ op: "join", ref })))],
];

const ANYWHERE: readonly Row<Op>[] = [...SYNC, ...ASYNC];

function deadline(author: Author): number | null {
  return author.random.chance(0.1) ? null : author.delayMs();
}

function caughtName({ random }: Author): CatchName {
  return random.weighted<CatchName>([
    [6, "CancelledError"],
    [5, "Exception"],
    [4, "BaseException"],
    [2, "TimeoutError"],
    [1, "Boom"],
  ]);
}

function within(kind: string, author: Author, body: Body): AsyncOp | undefined {
  const ref = author.anyKnown(kind);
  return ref === undefined ? undefined : { op: "with", ref, body };
}

function groupSpawn(author: Author, place: Place): SyncOp | undefined {
  const group = author.anyKnown("group");
  return group === undefined || !author.mayNest(place) ? undefined : groupSpawnInto(author, place, group);
}

function groupSpawnInto(author: Author, place: Place, ref: string): SyncOp {
  return { op: "groupSpawn", ref, ...author.task(place) };
}

/**
 * An op that may wait for ever is given a deadline where that can be had, and nearly always in main: a program
 * whose main hangs shows little.
 */
function guarded(maker: Maker<AsyncOp>): Maker<AsyncOp> {
  return (author, place) => {
    const op = maker(author, place);
    if (op === undefined || !author.mayBlock(place)) return op;
    if (!author.random.chance(place.owner === 0 ? 0.9 : 0.3)) return op;
    const body: Body = [op];
    const ms = author.delayMs();
    const waiting: AsyncOp = author.random.chance(0.5)
      ? { op: "timeout", name: author.name("scope"), ms, body }
      : { op: "waitFor", of: { name: author.name("call"), body }, timeout: ms };
    return author.random.chance(0.7)
      ? { op: "try", body: [waiting], catch: { what: "Exception", body: [], rethrow: false } }
      : waiting;
  };
}
