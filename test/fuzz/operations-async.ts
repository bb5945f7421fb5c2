// What each operation that waits means on wasyncio. The twin of operations_async.py.
//
// Owns one generator for each AsyncOp of program.ts, which asks for what is to be waited for (asking.ts). An op that contains a body gives back the body's Return,
// so that it ends the bodies around it too. Must not know how bodies are run: that is interpreter.ts.

import {
  asCompleted,
  type Barrier,
  CancelledError,
  type Condition,
  createTask,
  type Event,
  type Future,
  gather,
  type Lock,
  type Operation,
  type Queue,
  type Semaphore,
  shield,
  sleep,
  TaskGroup,
  type Timeout,
  timeout,
  timeoutAt,
  wait,
  waitFor,
} from "wasyncio";
import { type Asking, ask, call } from "./asking.ts";
import type { World } from "./interpreter.ts";
import type { AsyncOp, OpOf } from "./program.ts";
import { describe, describeError, isCaughtAs, Return } from "./values.ts";

type Table = { readonly [Kind in AsyncOp["op"]]: (world: World, op: OpOf<Kind>) => Asking<unknown> };

export const ASYNC: Table = {
  // --- Control flow

  *call(world, op) {
    return yield* call(world.whole(op.body));
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
    yield* ask(sleep(op.ms));
  },

  *await(world, op) {
    return yield* ask(world.find<Future<unknown>>(op.ref));
  },

  *gather(world, op) {
    const outer = gather(...world.operands(op.of), { returnExceptions: op.returnExceptions });
    if (op.as !== undefined) world.bind(op.as, outer);
    return yield* ask(outer);
  },

  *wait(world, op) {
    const futures = op.of.map((operand) =>
      "ref" in operand
        ? world.find<Future<unknown> | undefined>(operand.ref)
        : world.bind(operand.name, createTask(world.startable(operand.body), { name: operand.name })),
    );
    const [done, pending] = yield* ask(
      wait(
        futures.filter((future) => future !== undefined),
        { returnWhen: op.until, ...(op.timeout === undefined ? {} : { timeout: op.timeout }) },
      ),
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
        outcome = yield* ask(earliest);
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
    return yield* ask(waitFor(awaitable, op.timeout));
  },

  *shield(world, op) {
    const inner = world.operand(op.of);
    if (inner === undefined) return "missing";
    const outer = shield(inner);
    if (op.as !== undefined) world.bind(op.as, outer);
    return yield* ask(outer);
  },

  *timeout(world, op) {
    const body = world.scoped((scope: Timeout) => {
      world.bind(op.name, scope);
      return world.runBody(op.body);
    });
    return yield* ask(timeout(op.ms, body));
  },

  *timeoutAt(world, op) {
    const body = world.scoped((scope: Timeout) => {
      world.bind(op.name, scope);
      return world.runBody(op.body);
    });
    return yield* ask(timeoutAt(op.ms, body));
  },

  *group(world, op) {
    const body = world.scoped((group: TaskGroup) => {
      world.bind(op.name, group);
      return world.runBody(op.body);
    });
    return yield* ask(new TaskGroup().with(body));
  },

  // --- Synchronisation

  *acquire(world, op) {
    return yield* ask(world.find<Lock | Semaphore | Condition>(op.ref).acquire());
  },

  *with(world, op) {
    const body = world.scoped(() => world.runBody(op.body));
    return yield* ask(world.find<Lock | Semaphore | Condition>(op.ref).with(body));
  },

  *waitOn(world, op) {
    return yield* ask(world.find<Event | Condition | Barrier>(op.ref).wait() as Operation<unknown>);
  },

  *waitUntil(world, op) {
    const enough = (): boolean => (world.bumps.get(op.ref) ?? 0) >= op.atLeast;
    return yield* ask(world.find<Condition>(op.ref).waitFor(enough));
  },

  *reset(world, op) {
    yield* ask(world.find<Barrier>(op.ref).reset());
  },

  *abort(world, op) {
    yield* ask(world.find<Barrier>(op.ref).abort());
  },

  *put(world, op) {
    yield* ask(world.find<Queue<number>>(op.ref).put(op.value));
  },

  *get(world, op) {
    return yield* ask(world.find<Queue<number>>(op.ref).get());
  },

  *join(world, op) {
    yield* ask(world.find<Queue<number>>(op.ref).join());
  },
};
