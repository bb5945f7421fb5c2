/** A producer and a consumer: what an item's way through a queue costs. */
import { Effect, Queue as EffectQueue, Fiber } from "effect";
import { createTask, newEventLoop, Queue, type Startable } from "wasyncio";
import { ASYNC, type Contender, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

const ITEMS = 10_000;

/** What the consumer has added up, since the run began. */
let sum = 0;
const SUM = (ITEMS * (ITEMS - 1)) / 2;

function* consume(queue: Queue<number>) {
  for (let i = 0; i < ITEMS; i++) sum += yield* queue.get();
}

function* handOver(size: number) {
  const queue = new Queue<number>(size);
  const consumer = createTask(consume(queue));
  for (let i = 0; i < ITEMS; i++) yield* queue.put(i);
  yield* consumer;
}

async function consumeAsync(queue: Queue<number>) {
  for (let i = 0; i < ITEMS; i++) sum += await queue.get();
}

async function handOverAsync(size: number) {
  const queue = new Queue<number>(size);
  const consumer = createTask(() => consumeAsync(queue));
  for (let i = 0; i < ITEMS; i++) await queue.put(i);
  await consumer;
}

const consumeInEffect = Effect.fnUntraced(function* (queue: EffectQueue.Queue<number>) {
  for (let i = 0; i < ITEMS; i++) sum += yield* EffectQueue.take(queue);
});

const handOverInEffect = Effect.fnUntraced(function* (size: number) {
  const queue: EffectQueue.Queue<number> = yield* EffectQueue.bounded<number>(size);
  const consumer = yield* Effect.forkChild(consumeInEffect(queue));
  for (let i = 0; i < ITEMS; i++) yield* EffectQueue.offer(queue, i);
  yield* Fiber.join(consumer);
});

async function counted(body: () => PromiseLike<unknown>) {
  sum = 0;
  await body();
  expectCount("sum of the items", sum, SUM);
}

function ours(start: (size: number) => Startable<void>): Contender {
  return {
    start: (size) => {
      const loop = newEventLoop();
      const run = () => counted(() => loop.runUntilComplete(start(size)));
      return { operations: ITEMS, run, end: () => loop.close() };
    },
  };
}

const effect: Contender = {
  start: (size) => ({
    operations: ITEMS,
    run: () => counted(() => Effect.runPromise(handOverInEffect(size))),
  }),
};

const shared = { unit: "ns", per: "item", sizeOf: "places", figures: [TIME] } as const;

export const queue: Workload = {
  ...shared,
  name: "queue",
  title: "queue",
  about: "One task puts items into a queue with room for N, another takes them out.",
  sizes: [1, 16, 256],
  quickSizes: [1, 16],
  contenders: { wasyncio: ours(handOver), effect },
};

export const queueAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "queue-async",
  title: "queue, async functions",
  about: "The same, where both tasks are async functions.",
  sizes: [16],
  quickSizes: [16],
  contenders: {
    wasyncio: ours((size) => () => handOverAsync(size)),
    [GENERATORS]: ours(handOver),
    effect,
  },
};
