// What each operation that returns at once means on wasyncio. The twin of operations_sync.py.
//
// Owns one function for each SyncOp of program.ts. Coroutines use them, and callbacks can use nothing else.
// Must not know how bodies are run: that is interpreter.ts.

import {
  type Condition,
  type Context,
  copyContext,
  createTask,
  type Event,
  type Future,
  type Handle,
  type Lock,
  type Queue,
  type Semaphore,
  type Task,
  type TaskGroup,
  type Timeout,
} from "wasyncio";
import type { World } from "./interpreter.ts";
import type { OpOf, SyncOp } from "./program.ts";
import { lookAt, makeError, VARIABLES } from "./values.ts";

type Table = { readonly [Kind in SyncOp["op"]]: (world: World, op: OpOf<Kind>) => unknown };
type Callback = () => void;

export const SYNC: Table = {
  // --- Tasks and futures

  spawn(world, op) {
    const context = contextOf(world, op);
    const task = createTask(world.startable(op.body), {
      name: op.name,
      ...(context === undefined ? {} : { context }),
      ...(op.eager ? { eagerStart: true } : {}),
    });
    world.bind(op.name, task);
  },

  groupSpawn(world, op) {
    const group = world.find<TaskGroup>(op.ref);
    world.bind(op.name, group.createTask(world.startable(op.body), { name: op.name }));
  },

  cancel(world, op) {
    const thing = world.find<Future<unknown> | Handle>(op.ref);
    return op.message === undefined ? thing.cancel() : (thing as Future<unknown>).cancel(op.message);
  },

  uncancel: (world, op) => world.find<Task<unknown>>(op.ref).uncancel(),
  look: (world, op) => lookAt(world.find(op.ref)),
  result: (world, op) => world.find<Future<unknown>>(op.ref).result(),
  exception: (world, op) => world.find<Future<unknown>>(op.ref).exception(),
  setResult: (world, op) => world.find<Future<unknown>>(op.ref).setResult(op.value),
  setException: (world, op) =>
    world.find<Future<unknown>>(op.ref).setException(makeError(op.error, op.message)),

  addCallback(world, op) {
    const callback = within(contextOf(world, op), world.callback(op.name, op.body));
    world.bind(op.name, callback);
    world.find<Future<unknown>>(op.ref).addDoneCallback(callback);
  },

  // Of a callback that the program has not come to yet there are none; to CPython that is any other object.
  removeCallback: (world, op) =>
    world.named.has(op.name)
      ? world.find<Future<unknown>>(op.ref).removeDoneCallback(world.find<Callback>(op.name))
      : 0,

  raise(_world, op) {
    throw makeError(op.error, op.message);
  },

  // --- The loop

  callSoon(world, op) {
    const callback = within(contextOf(world, op), world.callback(op.name, op.body));
    world.bind(op.name, world.loop.callSoon(callback));
  },

  callLater(world, op) {
    const callback = within(contextOf(world, op), world.callback(op.name, op.body));
    world.bind(op.name, world.loop.callLater(op.ms, callback));
  },

  callAt(world, op) {
    world.bind(op.name, world.loop.callAt(op.ms, world.callback(op.name, op.body)));
  },

  reschedule(world, op) {
    const when = op.ms === null ? null : world.loop.time() + op.ms;
    world.find<Timeout>(op.ref).reschedule(when);
  },

  // --- Synchronisation

  release: (world, op) => world.find<Lock | Condition | Semaphore>(op.ref).release(),
  set: (world, op) => world.find<Event>(op.ref).set(),
  clear: (world, op) => world.find<Event>(op.ref).clear(),
  notify: (world, op) => world.find<Condition>(op.ref).notify(op.count),
  notifyAll: (world, op) => world.find<Condition>(op.ref).notifyAll(),

  bump(world, op) {
    const count = (world.bumps.get(op.ref) ?? 0) + 1;
    world.bumps.set(op.ref, count);
    return count;
  },

  putNowait: (world, op) => world.find<Queue<number>>(op.ref).putNowait(op.value),
  getNowait: (world, op) => world.find<Queue<number>>(op.ref).getNowait(),
  taskDone: (world, op) => world.find<Queue<number>>(op.ref).taskDone(),
  shutdown: (world, op) => world.find<Queue<number>>(op.ref).shutdown(op.immediate),

  // --- Context variables

  setVar(_world, op) {
    VARIABLES[op.var].set(op.value);
  },

  getVar: (_world, op) => VARIABLES[op.var].get(),

  saveContext(world, op) {
    world.bind(op.name, copyContext());
  },

  inContext(world, op) {
    world.find<Context>(op.ref).run(() => {
      for (const inner of op.body) world.performSync(inner);
    });
  },
};

function contextOf(world: World, op: { readonly context?: string }): Context | undefined {
  return op.context === undefined ? undefined : world.find<Context | undefined>(op.context);
}

/** Python hands the context over beside the callback; entering it first thing comes to the same. */
function within(context: Context | undefined, callback: Callback): Callback {
  return context === undefined ? callback : () => context.run(callback);
}
