/** Two tasks that answer each other, each time through a future of its own. */
import { Deferred, Effect, Fiber } from "effect";
import { run as runEffection, spawn, withResolvers } from "effection";
import { type EventLoop, newEventLoop } from "wasyncio";
import { ASYNC, type Contender, expectCount, GENERATORS, TIME, type Workload } from "./workload.ts";

/** What one side waits for, and the other will settle. */
interface NativeDeferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferNatively(): NativeDeferred {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** How many balls have come back, since the run began. */
let returned = 0;

/** Makes the function of one game. */
type Game = (loop: EventLoop, size: number) => () => Generator<unknown, void> | Promise<void>;

const inGenerators: Game = (loop, size) =>
  function* () {
    let ping = loop.createFuture<void>();
    let pong = loop.createFuture<void>();
    function* returner() {
      for (let i = 0; i < size; i++) {
        yield* ping;
        ping = loop.createFuture();
        returned++;
        pong.setResult();
      }
    }
    const other = loop.createTask(returner);
    for (let i = 0; i < size; i++) {
      pong = loop.createFuture();
      ping.setResult();
      yield* pong;
    }
    yield* other;
  };

const inAsyncFunctions: Game = (loop, size) => async () => {
  let ping = loop.createFuture<void>();
  let pong = loop.createFuture<void>();
  async function returner() {
    for (let i = 0; i < size; i++) {
      await ping;
      ping = loop.createFuture();
      returned++;
      pong.setResult();
    }
  }
  const other = loop.createTask(returner);
  for (let i = 0; i < size; i++) {
    pong = loop.createFuture();
    ping.setResult();
    await pong;
  }
  await other;
};

function ours(game: Game): Contender {
  return {
    start: (size) => {
      const loop = newEventLoop();
      const run = async () => {
        returned = 0;
        await loop.runUntilComplete(game(loop, size));
        expectCount("balls", returned, size);
      };
      return { operations: size, run, end: () => loop.close() };
    },
  };
}

const effect: Contender = {
  start: (size) => {
    let ping: Deferred.Deferred<void>;
    let pong: Deferred.Deferred<void>;
    const returner = Effect.fnUntraced(function* () {
      for (let i = 0; i < size; i++) {
        yield* Deferred.await(ping);
        ping = Deferred.makeUnsafe();
        returned++;
        yield* Deferred.succeed(pong, undefined);
      }
    });
    const main = Effect.fnUntraced(function* () {
      ping = Deferred.makeUnsafe();
      pong = Deferred.makeUnsafe();
      const other = yield* Effect.forkChild(returner());
      for (let i = 0; i < size; i++) {
        pong = Deferred.makeUnsafe();
        yield* Deferred.succeed(ping, undefined);
        yield* Deferred.await(pong);
      }
      yield* Fiber.join(other);
    });
    const run = async () => {
      returned = 0;
      await Effect.runPromise(main());
      expectCount("balls", returned, size);
    };
    return { operations: size, run };
  },
};

/** An operation is a ball that goes over and comes back: two futures, two switches. */
const shared = {
  unit: "ns",
  per: "ball there and back",
  sizeOf: "balls",
  figures: [TIME],
  sizes: [10_000],
  quickSizes: [10_000],
} as const;

export const pingPong: Workload = {
  ...shared,
  name: "ping-pong",
  title: "future ping-pong",
  about: "Two tasks play N balls: each makes a future to wait for, then settles the other's.",
  contenders: {
    wasyncio: ours(inGenerators),
    native: {
      start: (size) => {
        let ping: NativeDeferred;
        let pong: NativeDeferred;
        async function returner() {
          for (let i = 0; i < size; i++) {
            await ping.promise;
            ping = deferNatively();
            returned++;
            pong.resolve();
          }
        }
        const run = async () => {
          returned = 0;
          ping = deferNatively();
          pong = deferNatively();
          const other = returner();
          for (let i = 0; i < size; i++) {
            pong = deferNatively();
            ping.resolve();
            await pong.promise;
          }
          await other;
          expectCount("balls", returned, size);
        };
        return { operations: size, run };
      },
    },
    effect,
    effection: {
      start: (size) => {
        let ping = withResolvers<void>();
        let pong = withResolvers<void>();
        function* returner() {
          for (let i = 0; i < size; i++) {
            yield* ping.operation;
            ping = withResolvers<void>();
            returned++;
            pong.resolve();
          }
        }
        function* main() {
          ping = withResolvers<void>();
          const other = yield* spawn(returner);
          for (let i = 0; i < size; i++) {
            pong = withResolvers<void>();
            ping.resolve();
            yield* pong.operation;
          }
          yield* other;
        }
        const run = async () => {
          returned = 0;
          await runEffection(main);
          expectCount("balls", returned, size);
        };
        return { operations: size, run };
      },
    },
  },
};

export const pingPongAsync: Workload = {
  ...shared,
  ...ASYNC,
  name: "ping-pong-async",
  title: "future ping-pong, async functions",
  about: "The same by two async functions, which await the futures.",
  contenders: { wasyncio: ours(inAsyncFunctions), [GENERATORS]: ours(inGenerators), effect },
};
