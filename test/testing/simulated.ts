// What the tests of simulated networks share: programs in them, on the caller's stack, and what goes wrong.

import {
  getRunningLoop,
  openConnection,
  runSync,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { SimulatedNetwork, type SimulatedNetworkOptions, VirtualClock } from "wasyncio/testing";

export type Steps<T = void> = Generator<unknown, T, unknown>;

/** Runs a program in a network of its own, with the hosts a, b and c. */
export function simulate<T>(
  body: (network: SimulatedNetwork) => Steps<T>,
  options: SimulatedNetworkOptions = {},
): T {
  const network = new SimulatedNetwork({ hosts: ["a", "b", "c"], ...options });
  return runSync(body(network), { clock: new VirtualClock(), network });
}

/** The code of what `waiting` fails with, and after how many milliseconds. */
export function* failure(waiting: Iterable<unknown>): Steps<[code: string, afterMs: number]> {
  const loop = getRunningLoop();
  const startMs = loop.time();
  try {
    yield* waiting;
  } catch (error) {
    return [String((error as { code?: unknown }).code), Math.round(loop.time() - startMs)];
  }
  throw new Error("expected a failure");
}

export function* codeOf(waiting: Iterable<unknown>): Steps<string> {
  return (yield* failure(waiting))[0];
}

export interface Pair {
  readonly server: Server;
  readonly client: [reader: StreamReader, writer: StreamWriter];
  readonly accepted: [reader: StreamReader, writer: StreamWriter];
}

/** A connection from b to a server on a. */
export function* connected(
  network: SimulatedNetwork,
  options: { readonly keepAlive?: number } = {},
): Steps<Pair> {
  const arrived = getRunningLoop().createFuture<[StreamReader, StreamWriter]>();
  const server = yield* network.host("a").createTask(
    startServer(
      (...ends) => {
        if (arrived.pending()) arrived.setResult(ends);
      },
      "a",
      80,
    ),
  );
  const client = yield* network.host("b").createTask(openConnection("a", 80, options));
  return { server, client, accepted: yield* arrived };
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
