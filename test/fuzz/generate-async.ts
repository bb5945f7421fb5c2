// Random ops that wait, for coroutines.
//
// Owns the table of them, with how often each is to be made. Must not know how a program hangs together: names,
// nesting and length are the Author's (generate.ts).

import type { Author, Place } from "./generate.ts";
import { about, deadline, type Maker, makeOp, nesting, type Row, value } from "./generate-rows.ts";
import { groupSpawnInto, SYNC } from "./generate-sync.ts";
import type { AsyncOp, Body, CatchName, Op } from "./program.ts";

/** An op for a coroutine. */
export function asyncOp(author: Author, place: Place): Op {
  return makeOp<Op>(ANYWHERE, author, place) ?? { op: "sleep", ms: author.delayMs() };
}

/** An op that waits on what the program has drawn. */
export function contestedOp(author: Author, place: Place): Op {
  return makeOp<Op>(CONTESTED, author, place) ?? asyncOp(author, place);
}

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
const CONTESTED: readonly Row<AsyncOp>[] = ASYNC.filter(([, feature]) => feature !== "always");

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

/**
 * An op that may wait for ever is given a deadline where that can be had, and nearly always in main: a program
 * whose main hangs shows little.
 */
function guarded(maker: Maker<AsyncOp>): Maker<AsyncOp> {
  return (author, place) => {
    const op = maker(author, place);
    if (op === undefined || !author.mayBlock(place)) return op;
    if (!author.random.chance(place.owner === 0 ? 0.9 : 0.3)) return op;
    const waiting = withDeadline(author, op);
    return author.random.chance(0.7)
      ? { op: "try", body: [waiting], catch: { what: "Exception", body: [], rethrow: false } }
      : waiting;
  };
}

function withDeadline(author: Author, op: AsyncOp): AsyncOp {
  const ms = author.delayMs();
  if (author.allowed.has("timeout") && author.random.chance(0.5)) {
    return { op: "timeout", name: author.name("scope"), ms, body: [op] };
  }
  if (!author.allowed.has("waitFor")) return op;
  return { op: "waitFor", of: { name: author.name("call"), body: [op] }, timeout: ms };
}
