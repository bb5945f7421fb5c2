/** A producer and a consumer: what an item's way through a queue costs. */
import { Effect, Queue as EffectQueue, Fiber } from "effect";
import { createTask, newEventLoop, Queue } from "wasyncio";
import { expectCount, TIME, type Workload } from "./workload.ts";

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

export const queue: Workload = {
  name: "queue",
  title: "queue",
  about: "One task puts items into a queue with room for N, another takes them out.",
  unit: "ns",
  per: "item",
  sizeOf: "places",
  figures: [TIME],
  sizes: [1, 16, 256],
  quickSizes: [1, 16],
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        const run = () => counted(() => loop.runUntilComplete(handOver(size)));
        return { operations: ITEMS, run, end: () => loop.close() };
      },
    },
    effect: {
      start: (size) => ({
        operations: ITEMS,
        run: () => counted(() => Effect.runPromise(handOverInEffect(size))),
      }),
    },
  },
};
