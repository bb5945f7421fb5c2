// What each operation that waits means on wasyncio, for coroutines that are generators. The twin of
// operations_async.py.
//
// Owns one generator for each AsyncOp of program.ts. An op that contains a body gives back the body's Return,
// so that it ends the bodies around it too. Must not know how bodies are run: that is interpreter.ts.

import {
  asCompleted,
  type Barrier,
  CancelledError,
  type Condition,
  type Coroutine,
  createTask,
  type Event,
  type Future,
  gather,
  type Lock,
  type Queue,
  type Semaphore,
  shield,
  sleep,
  TaskGroup,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "wasyncio";
import type { World } from "./interpreter.ts";
import type { AsyncOp, OpOf } from "./program.ts";
import { describe, describeError, isCaughtAs, Return } from "./values.ts";

type Table = { readonly [Kind in AsyncOp["op"]]: (world: World, op: OpOf<Kind>) => Coroutine<unknown> };

export const ASYNC: Table = {
  // --- Control flow

  *call(world, op) {
    return yield* world.coroutine(op.body);
  },

  *return(_world, op) {
    return new Return(op.value);
  },

  *repeat(world, op) {
    for (let time = 0; time < op.times; time++) {
      const completion = yield* world.runBody(op.body);
      if (completion !== undefined) return completion;
    }
    return undefined;
  },

  *try(world, op) {
    let completion: Return | undefined;
    try {
      try {
        completion = yield* world.runBody(op.body);
      } catch (error) {
        if (op.catch === undefined || !isCaughtAs(op.catch.what, error)) throw error;
        world.record("caught", describeError(error));
        completion = yield* world.runBody(op.catch.body);
        if (op.catch.rethrow && completion === undefined) throw error;
      }
    } finally {
      if (op.finally !== undefined) yield* world.runBody(op.finally);
    }
    return completion;
  },

  // --- Waiting

  *sleep(_world, op) {
    yield* sleep(op.ms);
  },

  *await(world, op) {
    return yield* world.find<Future<unknown>>(op.ref);
  },

  *gather(world, op) {
    const outer = gather(...world.operands(op.of), { returnExceptions: op.returnExceptions });
    if (op.as !== undefined) world.bind(op.as, outer);
    return yield* outer;
  },

  *wait(world, op) {
    const futures = op.of.map((operand) =>
      "ref" in operand
        ? world.find<Future<unknown> | undefined>(operand.ref)
        : world.bind(operand.name, createTask(world.coroutine(operand.body), { name: operand.name })),
    );
    const [done, pending] = yield* wait(
      futures.filter((future) => future !== undefined),
      { returnWhen: op.until, ...(op.timeout === undefined ? {} : { timeout: op.timeout }) },
    );
    return {
      done: Array.from(done, (future) => world.labelOf(future)),
      pending: Array.from(pending, (future) => world.labelOf(future)),
    };
  },

  *asCompleted(world, op) {
    const outcomes: unknown[] = [];
    const options = op.timeout === undefined ? {} : { timeout: op.timeout };
    for (const earliest of asCompleted(world.operands(op.of), options)) {
      let outcome: unknown;
      try {
        outcome = yield* earliest;
      } catch (error) {
        if (error instanceof CancelledError) throw error;
        outcome = error;
      }
      world.record("completed", describe(outcome));
      outcomes.push(outcome);
    }
    return outcomes;
  },

  *waitFor(world, op) {
    const { of } = op;
    // waitFor runs a coroutine within the caller's task, so that task keeps its name.
    const awaitable =
      "ref" in of ? world.find<Future<unknown> | undefined>(of.ref) : world.coroutine(of.body);
    if (awaitable === undefined) return "missing";
    return yield* waitFor(awaitable, op.timeout);
  },

  *shield(world, op) {
    const inner = world.operand(op.of);
    if (inner === undefined) return "missing";
    const outer = shield(inner);
    if (op.as !== undefined) world.bind(op.as, outer);
    return yield* outer;
  },

  *timeout(world, op) {
    return yield* timeout(op.ms, function* (scope) {
      world.bind(op.name, scope);
      return yield* world.runBody(op.body);
    });
  },

  *timeoutAt(world, op) {
    return yield* timeoutAt(op.ms, function* (scope) {
      world.bind(op.name, scope);
      return yield* world.runBody(op.body);
    });
  },

  *group(world, op) {
    return yield* new TaskGroup().with(function* (group) {
      world.bind(op.name, group);
      return yield* world.runBody(op.body);
    });
  },

  // --- Synchronisation

  *acquire(world, op) {
    return yield* world.find<Lock | Semaphore | Condition>(op.ref).acquire();
  },

  *with(world, op) {
    return yield* world.find<Lock | Semaphore | Condition>(op.ref).with(() => world.runBody(op.body));
  },

  *waitOn(world, op) {
    return yield* world.find<Event | Condition | Barrier>(op.ref).wait();
  },

  *waitUntil(world, op) {
    const enough = (): boolean => (world.bumps.get(op.ref) ?? 0) >= op.atLeast;
    return yield* world.find<Condition>(op.ref).waitFor(enough);
  },

  *reset(world, op) {
    yield* world.find<Barrier>(op.ref).reset();
  },

  *abort(world, op) {
    yield* world.find<Barrier>(op.ref).abort();
  },

  *put(world, op) {
    yield* world.find<Queue<number>>(op.ref).put(op.value);
  },

  *get(world, op) {
    return yield* world.find<Queue<number>>(op.ref).get();
  },

  *join(world, op) {
    yield* world.find<Queue<number>>(op.ref).join();
  },
};
