// What each op of a mixed program means on the package.
//
// Owns one generator for each op, which asks for what is to be waited for (asking.ts). Must not know how bodies are run:
// that is interpreter.ts.

import {
  adopt,
  asCompleted,
  CancelledError,
  type ClientConnected,
  type Coroutine,
  createTask,
  gather,
  KeyboardInterrupt,
  openConnection,
  shield,
  sleep,
  startServer,
  type Task,
  TaskGroup,
  type Timeout,
  timeout,
  waitFor,
} from "wasyncio";
import { type Asking, asAsyncFunction, ask } from "../asking.ts";
import { type BodyOf, Boom, type Frame, type World } from "./interpreter.ts";
import { Scope, type Work } from "./ledger.ts";
import type { Act, Body, MixedOp, Operand, OpOf, Style } from "./program.ts";
import { emit, macrotask, taskHere } from "./surroundings.ts";

type Table = {
  readonly [Kind in MixedOp["op"]]: (world: World, frame: Frame, op: OpOf<Kind>) => Asking<unknown>;
};

type Settled = PromiseSettledResult<unknown>;

export const OPERATIONS: Table = {
  // --- Waiting

  *sleep(world, frame, op) {
    const begun = world.loop.time();
    yield* world.wait(frame, sleep(op.ms), true);
    const took = world.loop.time() - begun;
    if (Math.abs(took - op.ms) > 1e-6) world.ledger.violated(`a sleep of ${op.ms} ms took ${took} ms`);
  },

  *then(world, frame, op) {
    world.ledger.besides(frame.strand);
    const { body } = op;
    if (body !== undefined) {
      yield* world.waitNatively(
        frame,
        "others",
        sleep(op.ms).then(() => world.beside(frame, body)),
      );
      return;
    }
    const doubled = sleep(op.ms, op.ms).then((ms) => 2 * ms);
    const value = yield* world.waitNatively(frame, "others", doubled);
    if (value !== 2 * op.ms) world.ledger.violated(`a then called by hand gave ${value}`);
  },

  *peek() {
    if (typeof sleep(0).then !== "function") throw new TypeError("sleep(0) has no then");
  },

  *native(world, frame, op) {
    if (frame.style === "generator") return;
    world.ledger.undisturbed(frame.strand, true);
    for (let time = 0; time < op.times; time++) yield* ask(nothing());
    world.happened(frame, `${op.times} native awaits`);
    world.ledger.undisturbed(frame.strand, false);
    world.checkIdentity(frame);
  },

  *foreign(world, frame, op) {
    world.ledger.besides(frame.strand);
    const done = (async () => {
      world.foreign++;
      for (let turn = 0; turn < op.turns; turn++) await macrotask();
      world.foreign--;
    })();
    yield* world.waitNatively(frame, "abroad", done);
  },

  *foreignTimer(world, frame, op) {
    world.ledger.besides(frame.strand);
    world.foreign++;
    const done = new Promise<void>((resolve) => {
      setTimeout(() => {
        world.foreign--;
        resolve();
      }, op.ms);
    });
    yield* world.waitNatively(frame, "abroad", done);
  },

  *promised(world, frame, op) {
    world.ledger.besides(frame.strand);
    yield* world.waitNatively(frame, "abroad", world.promises[op.ref]!.promise);
  },

  *resolve(world, _frame, op) {
    world.promises[op.ref]?.resolve();
  },

  *waitEvent(world, frame, op) {
    yield* world.wait(frame, world.events[op.ref]!.wait());
  },

  *setEvent(world, _frame, op) {
    world.events[op.ref]?.set();
  },

  // --- Bodies

  *call(world, frame, op) {
    yield* world.call(frame, op.style, op.body);
  },

  *float(world, frame, op) {
    let promise: Promise<unknown> | undefined;
    const start = () => {
      promise = world.beside(frame, op.body);
    };
    if (op.listener) emit(start);
    else start();
    world.named.set(op.as, promise!);
    world.starters.set(op.as, nurseryOf(frame));
    world.works.delete(op.as);
  },

  *spawn(world, frame, op) {
    // What it begins at once goes on beside the step of its starter.
    if (op.eager) frame.strand.scope.work.isLinear = false;
    const [first] = op.body;
    if (op.eager && first !== undefined && first.op !== "sleep") world.ledger.besides(frame.strand);
    spawn(world, op.as, op.style, op.body, op.eager);
  },

  *spawnInto(world, _frame, op) {
    const found = world.groups.get(op.ref);
    if (found === undefined) return;
    const work = world.ledger.work(false, found.scope);
    work.real = found.group.createTask(world.startable(work, op.style, op.body) as Coroutine<number>);
    work.real.addDoneCallback((task) => {
      if (!task.cancelled() && task.exception() !== null) world.ledger.request(found.scope, false);
    });
  },

  *callSoon(world, _frame, op) {
    const callback = world.callback(op.body, false);
    if (op.ms === 0) world.loop.callSoon(callback);
    else world.loop.callLater(op.ms, callback);
  },

  *whenDone(world, _frame, op) {
    const work = world.works.get(op.ref);
    if (work?.real?.done() === false) work.real.addDoneCallback(world.callback(op.body, false));
  },

  *outside(world, _frame, op) {
    world.outside.push(world.callback(op.body, true));
  },

  *serve(world, frame, op) {
    const work = world.ledger.work(false);
    const start = world.startableFunction(work, op.style, op.body);
    const server = yield* world.join(frame, startServer(handlerOf(op.style, start)));
    try {
      const port = server.addresses[0]!.port;
      const [reader, writer] = yield* world.join(frame, openConnection("127.0.0.1", port));
      try {
        yield* world.join(frame, reader.read());
      } finally {
        writer.close();
      }
    } finally {
      server.close();
    }
  },

  *join(world, frame, op) {
    const awaited = world.named.get(op.ref);
    if (awaited === undefined) return;
    const work = world.works.get(op.ref);
    if (work === undefined) {
      world.ledger.besides(frame.strand);
      // What was started in another scope may have been cancelled, or not, by itself.
      const isOwn = world.starters.get(op.ref) === nurseryOf(frame);
      yield* world.waitNatively(frame, isOwn ? "others" : "abroad", awaited);
    } else {
      yield* world.join(frame, awaited, [work]);
    }
  },

  // --- Combinators

  *all(world, frame, op) {
    yield* world.waitNatively(frame, "others", Promise.all(operands(world, frame, op.of)));
  },

  *race(world, frame, op) {
    yield* world.waitNatively(frame, "others", Promise.race(operands(world, frame, op.of)));
  },

  *any(world, frame, op) {
    yield* world.waitNatively(frame, "others", Promise.any(operands(world, frame, op.of)));
  },

  *allSettled(world, frame, op) {
    const outcomes = yield* world.waitNatively(
      frame,
      "others",
      Promise.allSettled(operands(world, frame, op.of)),
    );
    const count = (outcomes as Settled[]).length;
    if (count !== op.of.length) world.ledger.violated(`allSettled gave ${count} of ${op.of.length} outcomes`);
  },

  *gather(world, frame, op) {
    if (op.of.length === 0) return;
    const works: Work[] = [];
    const gathered = gather(...(operands(world, frame, op.of, works) as Task<unknown>[]));
    yield* world.join(frame, gathered, works, works.length === op.of.length);
  },

  *asCompleted(world, frame, op) {
    if (op.of.length === 0) return;
    const works: Work[] = [];
    for (const earliest of asCompleted(operands(world, frame, op.of, works) as Task<unknown>[])) {
      // Cancelled here, it cancels none of them.
      yield* world.join(frame, earliest);
    }
  },

  *shield(world, frame, op) {
    const awaited =
      op.how === "function"
        ? startable(world, op.style, op.body).start
        : spawn(world, undefined, op.style, op.body).task;
    yield* world.join(frame, shield(awaited as Task<number>));
  },

  *waitFor(world, frame, op) {
    const ms = Math.max(1, op.ms);
    const { strand } = frame;
    const around = strand.scope;
    const scope = new Scope(around.work, around, false);
    const endsMs = world.loop.time() + ms;
    const deadline = world.ledger.perhapsFrom(scope, () => world.loop.time() >= endsMs);
    try {
      if (op.how === "function") {
        const { work, start } = startable(world, op.style, op.body);
        world.ledger.perhapsFrom(work.root, () => world.loop.time() >= endsMs);
        yield* world.join(frame, waitFor(start as () => Promise<number>, ms), [work]);
      } else if (op.style === "generator") {
        const start = (body: BodyOf<undefined>) => waitFor(body(undefined) as Coroutine<number>, ms);
        yield* world.within(frame, scope, op, start);
      } else {
        const promise = world.beside(frame, op.body, new Scope(around.work, around.nursery(), true, scope));
        strand.scope = scope;
        try {
          yield* world.join(frame, waitFor(promise, ms));
        } finally {
          strand.scope = around;
          scope.isClosed = true;
        }
      }
    } finally {
      world.ledger.unwatch(deadline);
    }
  },

  *adopt(world, frame, op) {
    yield* world.join(frame, adopt(world.beside(frame, op.body)));
  },

  // --- Scopes

  *timeout(world, frame, op) {
    const { ledger } = world;
    const scope = world.scopeFor(frame, op.style);
    const watched: { readonly stop: () => void }[] = [];
    const entered = (entry: Timeout) => {
      const deadline = ledger.deadline(scope, entry);
      watched.push({ stop: () => ledger.unwatch(deadline) });
    };
    const start = (body: BodyOf<Timeout>) => timeout(op.ms, body);
    const leaving = () => {
      for (const { stop } of watched) stop();
    };
    yield* world.within(frame, scope, op, start, { entered, leaving });
  },

  *group(world, frame, op) {
    const around = frame.strand.scope;
    const scope = world.scopeFor(frame, op.style);
    const entered = (group: TaskGroup) => {
      world.groups.set(op.name, { group, scope });
    };
    try {
      yield* world.within(frame, scope, op, (body) => new TaskGroup().with(body), { entered });
    } catch (error) {
      // A request from outside that has met failures is made anew.
      if (error instanceof AggregateError) world.ledger.request(around, false);
      throw error;
    } finally {
      // As in asyncio, a group that is cancelled takes a request from outside that meets its own.
      if (scope.requests.length > 0) frame.strand.owed.clear();
    }
  },

  *cancelGroup(world, _frame, op) {
    const found = world.groups.get(op.ref);
    if (found === undefined) return;
    world.ledger.request(found.scope, false);
    found.group.cancel();
  },

  *with(world, frame, op) {
    const scope = world.scopeFor(frame, op.style);
    const acquired = world.ledger.waits(frame.strand, "waiting", false);
    let isWaiting = true;
    const stop = (cancelled: boolean) => {
      if (isWaiting) acquired(cancelled);
      isWaiting = false;
    };
    const start = (body: BodyOf<undefined>) => world.locks[op.ref]!.with(body as () => Promise<number>);
    const entered = () => {
      stop(false);
      world.holds(op.ref, frame, true);
    };
    const bodyEnded = () => world.holds(op.ref, frame, false);
    // The promise of a plain function is let go where nothing in it is known to be the loop's.
    const leaving = op.plain === true ? bodyEnded : undefined;
    try {
      yield* world.within(frame, scope, op, start, { entered, bodyEnded, ...(leaving && { leaving }) });
    } catch (error) {
      stop(error instanceof CancelledError);
      throw error;
    }
  },

  // --- Control flow

  *each(world, frame, op) {
    if (frame.style === "generator") return;
    const items = itemsOf(world, frame, op.items, op.inner);
    try {
      for (let taken = 0; taken < op.takes; taken++) {
        const item = yield* ask(items.next());
        if ((item as IteratorResult<unknown>).done === true) break;
        const completion = yield* world.block(frame, op.body);
        if (completion !== undefined) return completion;
      }
    } finally {
      yield* ask(items.return());
    }
    return undefined;
  },

  *try(world, frame, op) {
    try {
      return yield* world.block(frame, op.body);
    } catch (error) {
      if (op.catch === undefined || error instanceof KeyboardInterrupt) throw error;
      return yield* world.block(frame, op.catch);
    } finally {
      if (op.finally !== undefined) yield* world.block(frame, op.finally);
    }
  },

  *throw() {
    throw new Boom("thrown");
  },

  *return() {},

  *cancel(world, _frame, op) {
    const work = world.works.get(op.ref);
    if (work !== undefined) world.cancel(work);
  },

  *cancelSelf(world, frame) {
    const { work } = frame.strand.scope;
    if (!work.isImplicit) world.cancel(work);
  },

  *onAbort(world, frame, op) {
    const act = OPERATIONS[op.act.op] as (world: World, frame: Frame, act: Act) => Asking<unknown>;
    taskHere()?.signal.addEventListener("abort", () => void act(world, frame, op.act).next(), { once: true });
  },

  *interrupt(world) {
    world.isInterrupted = !world.ledger.isEnding;
    world.ledger.isEnding = true;
    throw new KeyboardInterrupt("in a program");
  },
};

/** Where what is started here and not awaited belongs. */
function nurseryOf({ strand }: Frame): Scope | undefined {
  return [...strand.scope.chain()].find(({ isNursery }) => isNursery);
}

/** A server's handler, which closes its connection when the body that it runs has ended. */
function handlerOf(style: Style, start: () => Coroutine<number> | Promise<number>): ClientConnected {
  if (style === "async")
    return async (_, writer) => {
      try {
        await start();
      } finally {
        writer.close();
      }
    };
  return function* (_, writer) {
    try {
      yield* start() as Coroutine<number>;
    } finally {
      writer.close();
    }
  };
}

async function nothing(): Promise<void> {}

function spawn(
  world: World,
  as: string | undefined,
  style: Style,
  body: Body,
  eager = false,
): { readonly task: Task<number>; readonly work: Work } {
  const work = world.ledger.work(false);
  work.isLinear = !eager;
  const task = createTask(world.startable(work, style, body) as Coroutine<number>, { eagerStart: eager });
  work.real = task;
  if (as !== undefined) {
    world.named.set(as, task);
    world.works.set(as, work);
  }
  return { task, work };
}

/** A function of which the package is to make a task. */
function startable(world: World, style: Style, body: Body) {
  const work = world.ledger.work(false);
  return { work, start: world.startableFunction(work, style, body) };
}

function operands(
  world: World,
  frame: Frame,
  of: readonly Operand[],
  works: Work[] = [],
): PromiseLike<unknown>[] {
  return of.map((operand) => {
    if (operand.how === "sleep") return sleep(operand.ms);
    if (operand.how === "call") return world.beside(frame, operand.body);
    if (operand.how === "function") {
      const { work, start } = startable(world, operand.style, operand.body);
      works.push(work);
      return start as unknown as PromiseLike<unknown>;
    }
    const { task, work } = spawn(world, undefined, operand.style, operand.body);
    works.push(work);
    return task;
  });
}

/** An async generator that runs a body before each of its items, in the strand of the one who asks for them. */
async function* itemsOf(world: World, frame: Frame, count: number, body: Body): AsyncGenerator<number, void> {
  const inner = world.frame("async", frame.strand);
  world.frames.push(inner);
  try {
    for (let item = 0; item < count; item++) {
      await asAsyncFunction(world.body(world.frame("async", frame.strand), body, false));
      yield item;
    }
  } finally {
    inner.ends++;
  }
}
