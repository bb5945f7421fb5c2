/** Two tasks that answer each other, each time through a future of its own. */
import { Deferred, Effect, Fiber } from "effect";
import { run as runEffection, spawn, withResolvers } from "effection";
import { type Future, newEventLoop } from "wasyncio";
import { expectCount, TIME, type Workload } from "./workload.ts";

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

/** An operation is a ball that goes over and comes back: two futures, two switches. */
export const pingPong: Workload = {
  name: "ping-pong",
  title: "future ping-pong",
  about: "Two tasks play N balls: each makes a future to wait for, then settles the other's.",
  unit: "ns",
  per: "ball there and back",
  sizeOf: "balls",
  figures: [TIME],
  sizes: [10_000],
  quickSizes: [10_000],
  contenders: {
    wasyncio: {
      start: (size) => {
        const loop = newEventLoop();
        let ping: Future<void>;
        let pong: Future<void>;
        let returned = 0;
        function* returner() {
          for (let i = 0; i < size; i++) {
            yield* ping;
            ping = loop.createFuture();
            returned++;
            pong.setResult();
          }
        }
        function* main() {
          ping = loop.createFuture();
          pong = loop.createFuture();
          const other = loop.createTask(returner());
          for (let i = 0; i < size; i++) {
            pong = loop.createFuture();
            ping.setResult();
            yield* pong;
          }
          yield* other;
        }
        const run = async () => {
          returned = 0;
          await loop.runUntilComplete(main());
          expectCount("balls", returned, size);
        };
        return { operations: size, run, end: () => loop.close() };
      },
    },
    native: {
      start: (size) => {
        let ping: NativeDeferred;
        let pong: NativeDeferred;
        let returned = 0;
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
    effect: {
      start: (size) => {
        let ping: Deferred.Deferred<void>;
        let pong: Deferred.Deferred<void>;
        let returned = 0;
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
    },
    effection: {
      start: (size) => {
        let ping = withResolvers<void>();
        let pong = withResolvers<void>();
        let returned = 0;
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
