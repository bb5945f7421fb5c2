// A producer and a consumer: what an item's way through a queue costs, against Effect's queue and CPython's.

import { Effect, Queue as EffectQueue, Fiber } from "effect";
import { createTask, newEventLoop, Queue } from "wasyncio";
import { compare } from "./compare.mjs";
import { compareWithCpython } from "./cpython.mjs";

const ITEMS = 10_000;

/** @param {Queue<number>} queue */
function* consume(queue) {
  for (let i = 0; i < ITEMS; i++) yield* queue.get();
}

/** @param {number} size */
function* handOver(size) {
  /** @type {Queue<number>} */
  const queue = new Queue(size);
  const consumer = createTask(consume(queue));
  for (let i = 0; i < ITEMS; i++) yield* queue.put(i);
  yield* consumer;
}

const consumeInEffect = Effect.fnUntraced(
  /** @param {EffectQueue.Queue<number>} queue */
  function* (queue) {
    for (let i = 0; i < ITEMS; i++) yield* EffectQueue.take(queue);
  },
);

const handOverInEffect = Effect.fnUntraced(
  /** @param {number} size */
  function* (size) {
    /** @type {EffectQueue.Queue<number>} */
    const queue = yield* EffectQueue.bounded(size);
    const consumer = yield* Effect.forkChild(consumeInEffect(queue));
    for (let i = 0; i < ITEMS; i++) yield* EffectQueue.offer(queue, i);
    yield* Fiber.join(consumer);
  },
);

export default async function queues() {
  return [...(await ofSize(16)), ...(await ofSize(1))];
}

/** @param {number} size */
async function ofSize(size) {
  const loop = newEventLoop();
  const side = {
    operations: ITEMS,
    ours: () => loop.runUntilComplete(handOver(size)),
    timesAsFast: 8,
  };
  return [
    await compare({
      ...side,
      what: `queue of ${size}, an item, against Effect`,
      theirs: () => Effect.runPromise(handOverInEffect(size)),
    }),
    await compareWithCpython(`queue-${size}`, {
      ...side,
      what: `queue of ${size}, an item, against CPython`,
    }),
  ];
}
