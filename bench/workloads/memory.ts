/** What one of many takes while it waits: on the heap and outside it, where the core and typed arrays live. */
import { Deferred, Effect, Fiber } from "effect";
import { run as runEffection, sleep as sleepInEffection, withResolvers } from "effection";
import { newEventLoop, sleep } from "wasyncio";
import { memoryInUse, seesMemory } from "../measure/host.ts";
import { clearAll } from "./timeouts.ts";
import type { Contender, Workload } from "./workload.ts";

const FAR_MS = 600_000;
/** Comes first, so that what exists once exists before anything is counted. */
const FIRST = 100;

/** Makes some more that wait, and keeps them. */
interface Crowd {
  add(count: number): void | Promise<void>;
  /** Lets all go. */
  end(): void | Promise<void>;
}

function crowd(gather: (size: number) => Crowd | Promise<Crowd>, sizeMax?: number): Contender {
  return {
    exists: seesMemory,
    ...(sizeMax !== undefined && { sizeMax }),
    start: (size) => ({
      measure: async () => {
        const some = await gather(size + FIRST);
        await some.add(FIRST);
        const before = memoryInUse();
        await some.add(size);
        const after = memoryInUse();
        await some.end();
        const heap = (after.heapUsed - before.heapUsed) / size;
        const beside = (after.external - before.external) / size;
        return { "all in": heap + beside, heap, "beside the heap": beside };
      },
    }),
  };
}

/** Keeps what `make` makes, in an array that is there from the start. */
function kept<T>(
  capacity: number,
  make: (i: number) => T,
  end: (all: readonly T[]) => void | Promise<void>,
): Crowd {
  const all: T[] = new Array(capacity).fill(undefined);
  let length = 0;
  return {
    add: (count) => {
      for (const until = length + count; length < until; length++) all[length] = make(length);
    },
    end: () => end(all.slice(0, length)),
  };
}

const nothing = () => {};
const delayMs = (i: number) => FAR_MS + (i % 1000);

const shared = {
  unit: "bytes",
  figures: ["all in", "heap", "beside the heap"],
} as const;

export const memoryTimer: Workload = {
  ...shared,
  name: "memory-timer",
  title: "memory of a pending timer",
  about: "N timers are set and kept: what each takes after a full collection.",
  per: "timer",
  sizeOf: "timers",
  sizes: [1_000_000],
  quickSizes: [1_000_000],
  contenders: {
    wasyncio: crowd((capacity) => {
      const loop = newEventLoop();
      return kept(
        capacity,
        (i) => loop.callLater(delayMs(i), nothing),
        (handles) => {
          for (const handle of handles) handle.cancel();
          loop.close();
        },
      );
    }),
    setTimeout: crowd((capacity) => kept(capacity, (i) => setTimeout(nothing, delayMs(i)), clearAll)),
  },
};

export const memoryFuture: Workload = {
  ...shared,
  name: "memory-future",
  title: "memory of a pending future",
  about: "N futures that nobody waits for yet: what each takes after a full collection.",
  per: "future",
  sizeOf: "futures",
  sizes: [100_000],
  quickSizes: [100_000],
  contenders: {
    wasyncio: crowd((capacity) => {
      const loop = newEventLoop();
      return kept(
        capacity,
        () => loop.createFuture<void>(),
        () => loop.close(),
      );
    }),
    native: crowd((capacity) => kept(capacity, deferNatively, nothing)),
    effect: crowd((capacity) => kept(capacity, () => Deferred.makeUnsafe<void>(), nothing)),
    effection: crowd((capacity) => kept(capacity, () => withResolvers<void>(), nothing)),
  },
};

/** A promise is of use only with what settles it. */
function deferNatively() {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function* sleeping() {
  yield* sleep(FAR_MS);
}

function* sleepingInEffection() {
  yield* sleepInEffection(FAR_MS);
}

export const memoryTask: Workload = {
  ...shared,
  name: "memory-task",
  title: "memory of a sleeping task",
  about:
    "N generator tasks sleep: what each takes after a full collection, its generator, sleep and timer included.",
  per: "task",
  sizeOf: "tasks",
  sizes: [100_000],
  quickSizes: [100_000],
  contenders: {
    wasyncio: crowd((capacity) => {
      const loop = newEventLoop();
      const tasks = kept(capacity, () => loop.createTask(sleeping()), nothing);
      return {
        add: async (count) => {
          tasks.add(count);
          await loop.runUntilComplete(sleep(1));
        },
        end: () => loop.close(),
      };
    }),
    native: crowd((capacity) => {
      const timeouts: ReturnType<typeof setTimeout>[] = [];
      const sleepNatively = async () => {
        await new Promise<void>((resolve) => timeouts.push(setTimeout(resolve, FAR_MS)));
      };
      const promises = kept(capacity, sleepNatively, nothing);
      return { ...promises, end: () => clearAll(timeouts) };
    }),
    effect: crowd((capacity) => {
      const fibers: Fiber.Fiber<void>[] = [];
      const all = kept(
        capacity,
        () => fibers.push(Effect.runFork(Effect.sleep(FAR_MS))),
        () => Effect.runPromise(Fiber.interruptAll(fibers)),
      );
      return { add: (count) => afterATurn(() => all.add(count)), end: () => all.end() };
    }),
    effection: crowd((capacity) => {
      const tasks = kept(
        capacity,
        () => runEffection(sleepingInEffection),
        async (all) => {
          for (const task of all) await task.halt();
        },
      );
      return { add: (count) => afterATurn(() => tasks.add(count)), end: () => tasks.end() };
    }, 100_000),
  },
};

async function afterATurn(body: () => void | Promise<void>) {
  await body();
  await new Promise((resolve) => setTimeout(resolve, 1));
}
