/** What one turn of the loop costs, and what one callback of a full turn does. */
import { type Future, newEventLoop } from "wasyncio";
import { TIMEOUTS_MAX } from "./timeouts.ts";
import { type Contender, expectCount, TIME, type Workload } from "./workload.ts";

/** Queues a callback with the host. */
type Queue = (callback: () => void) => void;

/** One after the other: each callback queues the next. */
function hostChain(exists: () => boolean, makeQueue: () => HostQueue, links?: number): Contender {
  return {
    exists,
    start: (size) => {
      const operations = Math.min(size, links ?? size);
      const { queue, end } = makeQueue();
      const run = () =>
        new Promise<void>((resolve) => {
          let left = operations;
          const link = () => {
            if (--left === 0) resolve();
            else queue(link);
          };
          queue(link);
        });
      return { operations, run, end };
    },
  };
}

/** All at once. */
function hostBatch(exists: () => boolean, makeQueue: () => HostQueue, sizeMax?: number): Contender {
  return {
    exists,
    ...(sizeMax !== undefined && { sizeMax }),
    start: (size) => {
      const { queue, end } = makeQueue();
      const run = () =>
        new Promise<void>((resolve) => {
          let left = size;
          const callback = () => {
            if (--left === 0) resolve();
          };
          for (let i = 0; i < size; i++) queue(callback);
        });
      return { operations: size, run, end };
    },
  };
}

interface HostQueue {
  readonly queue: Queue;
  readonly end: () => void;
}

const nothing = () => {};
const hasImmediate = () => typeof setImmediate === "function";
const hasMessages = () => typeof MessageChannel === "function";
const immediates = (): HostQueue => ({ queue: setImmediate, end: nothing });
const microtasks = (): HostQueue => ({ queue: queueMicrotask, end: nothing });
const timeouts = (): HostQueue => ({ queue: (callback) => setTimeout(callback, 0), end: nothing });

/** Callbacks in a list, a message for each: what a page does that wants a macrotask. */
function messages(): HostQueue {
  const { port1, port2 } = new MessageChannel();
  let pending: (() => void)[] = [];
  let next = 0;
  const hear = () => {
    const callback = pending[next++];
    if (next === pending.length) {
      pending = [];
      next = 0;
    }
    callback?.();
  };
  // Node's types have no `onmessage`, which every host has, and which starts the port.
  Object.assign(port1, { onmessage: hear });
  return {
    queue: (callback) => {
      pending.push(callback);
      port2.postMessage(undefined);
    },
    end: () => port1.close(),
  };
}

/** A nested setTimeout takes a millisecond and more, so few of them say as much as many. */
const TIMEOUT_LINKS = 20;

export const callSoonChain: Workload = {
  name: "call-soon-chain",
  title: "callSoon, a chain",
  about: "Each callback queues the next: what one turn of the loop costs.",
  unit: "ns",
  per: "callback",
  sizeOf: "links",
  figures: [TIME],
  sizes: [20_000],
  quickSizes: [20_000],
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        const run = async () => {
          const done = loop.createFuture<void>();
          let left = size;
          const link = () => {
            if (--left === 0) done.setResult();
            else loop.callSoon(link);
          };
          loop.callSoon(link);
          await loop.runUntilComplete(done);
          expectCount("links left", left, 0);
        };
        return { operations: size, run, end: () => loop.close() };
      },
    },
    setImmediate: hostChain(hasImmediate, immediates),
    queueMicrotask: hostChain(() => true, microtasks),
    MessageChannel: hostChain(hasMessages, messages, 2000),
    setTimeout: {
      ...hostChain(() => true, timeouts, TIMEOUT_LINKS),
      floor: "each waits 1 ms or more",
    },
  },
};

export const callSoonBatch: Workload = {
  name: "call-soon-batch",
  title: "callSoon, a batch",
  about: "N callbacks are queued at once, and run in one turn of the loop.",
  unit: "ns",
  per: "callback",
  sizeOf: "callbacks",
  figures: [TIME],
  sizes: [1000, 10_000, 100_000, 1_000_000],
  quickSizes: [1000, 100_000],
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        let done: Future<void>;
        let ran = 0;
        const callback = () => {
          if (++ran === size) done.setResult();
        };
        const queueAll = () => {
          for (let i = 0; i < size; i++) loop.callSoon(callback);
        };
        const run = async () => {
          done = loop.createFuture<void>();
          ran = 0;
          loop.callSoon(queueAll);
          await loop.runUntilComplete(done);
          expectCount("callbacks", ran, size);
        };
        return { operations: size, run, end: () => loop.close() };
      },
    },
    setImmediate: hostBatch(hasImmediate, immediates, TIMEOUTS_MAX),
    queueMicrotask: hostBatch(() => true, microtasks),
    MessageChannel: hostBatch(hasMessages, messages, 100_000),
    // Hosts have limits on timers, and a million of them takes seconds.
    setTimeout: hostBatch(() => true, timeouts, Math.min(TIMEOUTS_MAX, 10_000)),
  },
};
