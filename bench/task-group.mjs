// A group of a thousand tasks, started and waited for, against Effect's fibers and CPython's TaskGroup.

import { Effect, FiberSet } from "effect";
import { newEventLoop, TaskGroup } from "wasyncio";
import { compare } from "./compare.mjs";
import { compareWithCpython } from "./cpython.mjs";

const TASKS = 1000;
/** Groups of one sample, so that starting the loop does not count. */
const GROUPS = 10;

/** @param {number} i */
function* returning(i) {
  return i;
}

/** @param {number} i */
function* givingWay(i) {
  yield;
  return i;
}

/** @param {(i: number) => Generator<undefined, number>} body */
function* runGroups(body) {
  /** @param {TaskGroup} group */
  const start = (group) => {
    for (let i = 0; i < TASKS; i++) group.createTask(body(i));
  };
  for (let i = 0; i < GROUPS; i++) yield* new TaskGroup().with(start);
}

const returningInEffect = Effect.fnUntraced(
  /** @param {number} i */
  function* (i) {
    return i;
  },
);

const givingWayInEffect = Effect.fnUntraced(
  /** @param {number} i */
  function* (i) {
    yield* Effect.yieldNow;
    return i;
  },
);

const runGroupInEffect = Effect.fnUntraced(
  /** @param {(i: number) => Effect.Effect<number>} body */
  function* (body) {
    const group = yield* FiberSet.make();
    for (let i = 0; i < TASKS; i++) yield* FiberSet.run(group, body(i), IN_THE_NEXT_TURN);
    yield* FiberSet.awaitEmpty(group);
  },
  Effect.scoped,
);

/** As a task of the other two sides begins. */
const IN_THE_NEXT_TURN = { startImmediately: false };

const runAllInEffect = Effect.fnUntraced(
  /** @param {(i: number) => Effect.Effect<number>} body */
  function* (body) {
    const effects = [];
    for (let i = 0; i < TASKS; i++) effects.push(body(i));
    yield* Effect.all(effects, { concurrency: "unbounded", discard: true });
  },
);

const repeatInEffect = Effect.fnUntraced(
  /** @param {Effect.Effect<void>} group */
  function* (group) {
    for (let i = 0; i < GROUPS; i++) yield* group;
  },
);

export default async function taskGroups() {
  return [
    ...(await compareGroups("group of 1,000 tasks, a task", "group", returning, returningInEffect)),
    ...(await compareGroups("the same, giving way once", "group-giving-way", givingWay, givingWayInEffect)),
  ];
}

/**
 * @param {string} what
 * @param {string} program
 * @param {(i: number) => Generator<undefined, number>} body
 * @param {(i: number) => Effect.Effect<number>} bodyInEffect
 */
async function compareGroups(what, program, body, bodyInEffect) {
  const loop = newEventLoop();
  const side = {
    operations: TASKS * GROUPS,
    ours: () => loop.runUntilComplete(runGroups(body)),
  };
  return [
    await compare({
      ...side,
      what: `${what}, against Effect's FiberSet`,
      theirs: () => Effect.runPromise(repeatInEffect(runGroupInEffect(bodyInEffect))),
      timesAsFast: 8,
    }),
    // No group: nothing can join later. What it is given starts in place, and is over there if it gives way to nobody.
    await compare({
      ...side,
      what: `${what}, against Effect.all`,
      theirs: () => Effect.runPromise(repeatInEffect(runAllInEffect(bodyInEffect))),
    }),
    await compareWithCpython(program, { ...side, what: `${what}, against CPython`, timesAsFast: 8 }),
  ];
}
