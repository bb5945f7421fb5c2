// Random ops that return at once, for coroutines and callbacks.
//
// Owns the table of them, with how often each is to be made. Must not know how a program hangs together: names,
// nesting and length are the Author's (generate.ts).

import type { Author, Place } from "./generate.ts";
import {
  about,
  deadline,
  failure,
  type Maker,
  makeOp,
  message,
  nesting,
  type Row,
  value,
} from "./generate-rows.ts";
import { type SyncOp, VARIABLES } from "./program.ts";

/** An op for a callback. */
export function callbackOp(author: Author, place: Place): SyncOp {
  return makeOp(SYNC, author, place) ?? cancelOp(author);
}

export function spawnOp(author: Author, place: Place): SyncOp {
  const eager = author.features.has("eager") && author.random.chance(0.6);
  return { op: "spawn", ...author.task(place), ...(eager ? { eager: true } : context(author)) };
}

export function cancelOp(author: Author): SyncOp {
  const ref = author.random.chance(0.65)
    ? author.anyTask()
    : (author.anyKnown("gather", "shield", "future", "timer") ?? author.anyTask());
  // A handle takes no message.
  const told = !ref.startsWith("timer") && author.random.chance(0.4);
  return { op: "cancel", ref, ...(told ? { message: message(author) } : {}) };
}

/** Something that concerns others and, in the same instant, a cancellation: the order must not be lost. */
export const raceOp: Maker<SyncOp> = nesting((author, place) => {
  const event = makeOp(RACING, author, place);
  if (event === undefined) return undefined;
  const body = author.random.chance(0.5) ? [event, cancelOp(author)] : [cancelOp(author), event];
  return { op: "callLater", name: author.name("timer"), ms: author.random.between(0, 4), body };
});

function context(author: Author): { context?: string } {
  const known = author.anyKnown("context");
  return known !== undefined && author.random.chance(0.5) ? { context: known } : {};
}

function groupSpawn(author: Author, place: Place): SyncOp | undefined {
  const group = author.anyKnown("group");
  return group === undefined || !author.mayNest(place) ? undefined : groupSpawnInto(author, place, group);
}

export function groupSpawnInto(author: Author, place: Place, ref: string): SyncOp {
  return { op: "groupSpawn", ref, ...author.task(place) };
}

export const SYNC: readonly Row<SyncOp>[] = [
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
  [6, "always", raceOp],
  [2, "always", (author) => ({ op: "uncancel", ref: author.anyTask() })],
  [2, "always", (author) => ({ op: "look", ref: author.anyTask() })],
  [
    1,
    "always",
    (author) => ({ op: "look", ref: author.anyKnown("gather", "shield", "future") ?? author.anyTask() }),
  ],
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
  [4, "queue", about("queue", (ref) => ({ op: "getNowait", ref }))],
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

/** What may wake someone up or change what he waits for. */
const RACING = SYNC.filter(([, feature]) => !["always", "callback", "context"].includes(feature));
