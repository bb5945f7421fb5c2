/** The tables of locks, events, queues and what else tasks wait for one another by. */
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  Event,
  type Hold,
  Lock,
  Queue,
  Semaphore,
} from "wasyncio";
import { type Area, aBoolean, aFunction, anything, kind } from "../rows.ts";
import { COUNTS, NUMBERS } from "../values.ts";

const maxsize = kind(
  () => 1,
  ["for any number", ...NUMBERS.filter((label) => !["1.5", "-Infinity"].includes(label))],
);
const body = aFunction("runs `body`");

function* aHold(): Coroutine<Hold> {
  return yield* new Lock().hold();
}

function* aHeldCondition(): Coroutine<Condition> {
  const condition = new Condition();
  yield* condition.acquire();
  return condition;
}

function* aFilledQueue(): Coroutine<Queue<number>> {
  const queue = new Queue<number>();
  queue.putNowait(1);
  return queue;
}

export const LOCKS: Area = {
  receivers: {
    Lock: () => new Lock(),
    Semaphore: () => new Semaphore(1),
    BoundedSemaphore: () => new BoundedSemaphore(1),
    Event: () => new Event(),
    Barrier: () => new Barrier(1),
    Condition: aHeldCondition,
    Hold: aHold,
  },
  rows: {
    "new Lock": {},
    "Lock.with": { body },
    "Lock.hold": {},
    "Lock.locked": {},
    "Lock.acquire": {},
    "Lock.release": {},
    "Lock.toString": {},
    "Hold.[dispose]": {},
    "Hold.[asyncDispose]": {},
    "new Semaphore": { value: kind(() => 1, ["how many may come in", ...COUNTS, "2**53"]) },
    "Semaphore.with": { body },
    "Semaphore.hold": {},
    "Semaphore.locked": {},
    "Semaphore.acquire": {},
    "Semaphore.release": {},
    "Semaphore.toString": {},
    "new BoundedSemaphore": { value: kind(() => 1, ["how many may come in", ...COUNTS, "2**53"]) },
    "BoundedSemaphore.with": { body },
    "BoundedSemaphore.hold": {},
    "BoundedSemaphore.release": {},
    "new Event": {},
    "Event.isSet": {},
    "Event.set": {},
    "Event.clear": {},
    "Event.wait": {},
    "Event.toString": {},
    "new Barrier": { parties: kind(() => 1, ["how many tasks it takes", "1", "2**53"]) },
    "Barrier.wait": {},
    "Barrier.reset": {},
    "Barrier.abort": {},
    "Barrier.toString": {},
    "new Condition": { lock: kind(() => new Lock()) },
    "Condition.with": { body },
    "Condition.hold": {},
    "Condition.locked": {},
    "Condition.acquire": {},
    "Condition.release": {},
    "Condition.wait": {},
    "Condition.waitFor": { predicate: aFunction("Waits until the predicate holds") },
    "Condition.notify": { count: kind(() => 1, ["below one, none", ...COUNTS, "-1", "2**53"]) },
    "Condition.notifyAll": {},
    "Condition.toString": {},
  },
  waiting: ["Event.wait", "Condition.wait", "Condition.acquire", "Condition.hold", "Condition.with"],
};

export const QUEUES: Area = {
  receivers: { Queue: aFilledQueue, ItemIterator: () => new Queue()[Symbol.asyncIterator]() },
  rows: {
    "new Queue": { maxsize },
    "new LifoQueue": { maxsize },
    "new PriorityQueue": { maxsize, compare: aFunction("the order") },
    "Queue.qsize": {},
    "Queue.empty": {},
    "Queue.full": {},
    "Queue.put": { item: anything("Puts an item in") },
    "Queue.putNowait": { item: anything("Puts an item in") },
    "Queue.get": {},
    "Queue.getNowait": {},
    "Queue.taskDone": {},
    "Queue.join": {},
    "Queue.shutdown": { immediate: aBoolean("whether to drop what it holds") },
    "Queue.[asyncIterator]": {},
    "Queue.toString": {},
    "ItemIterator.next": {},
  },
  waiting: ["Queue.join", "ItemIterator.next"],
};
