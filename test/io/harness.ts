// Owns what the tests of real I/O share: a loop that must end without a leak, and ways to wait for what is asserted.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  type Coroutine,
  type EventLoop,
  type ExceptionContext,
  getRunningLoop,
  openConnection,
  run,
  type Server,
  type ServerOptions,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
  type Task,
} from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import { KIND_CHANNEL, KIND_TIMER } from "../../assembly/abi.ts";
import type { Host } from "../../src/host/host.ts";
import type { HostNetwork } from "../../src/host/network.ts";
import { nodeHost } from "../../src/host/node.ts";
import { nodeNetwork } from "../../src/host/node-network.ts";
import { seeds } from "../random.ts";

const PATIENCE_MS = 5000;
/** How many simulated networks each test runs on, beside the host's: one that never changes, and a fresh one. */
const SEEDS = 2;
const decoder = new TextDecoder();

/** What a test gets: its loop, and what has reached the exception handler. Reports that are left at the end fail it. */
export interface Bench {
  readonly loop: EventLoop;
  readonly reports: ExceptionContext[];
}

/** A test whose body runs on a loop under the real clock, and has to give back every channel and timer. */
export function ioTest(
  name: string,
  body: (bench: Bench) => Generator<unknown, void, unknown>,
  timeoutMs?: number,
): void {
  test(name, () => run(() => leakFree(body)), timeoutMs);
}

/** The same on the host's network and on a simulated one under the virtual clock: what holds for one has to hold for the other. */
export function bothTest(
  name: string,
  body: (bench: Bench) => Generator<unknown, void, unknown>,
  timeoutMs?: number,
): void {
  ioTest(name, body, timeoutMs);
  for (const seed of seeds().slice(-SEEDS)) {
    const inMemory = () => ({ clock: new VirtualClock(), network: new SimulatedNetwork({ seed }) });
    test(`${name}: in memory, seed ${seed}`, () => run(() => leakFree(body), inMemory()), timeoutMs);
  }
}

function* leakFree(
  body: (bench: Bench) => Generator<unknown, void, unknown>,
): Generator<unknown, void, unknown> {
  const loop = getRunningLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((_, context) => {
    reports.push(context);
  });
  yield* body({ loop, reports });
  yield* until("all channels are given back", () => live(loop, KIND_CHANNEL) === 0);
  yield* until("all timers are given back", () => live(loop, KIND_TIMER) === 0);
  expect(loop.scheduler.core.calls.check?.() ?? 0).toBe(0);
  expect(reports).toEqual([]);
}

/** Node's host with that network, or none. */
export function hostWith(network: HostNetwork | undefined): Host {
  return Object.defineProperty(nodeHost({ name: "node", network: nodeNetwork })(), "network", {
    value: network,
  });
}

export function channelsOf(loop: EventLoop): number {
  return live(loop, KIND_CHANNEL);
}

function live(loop: EventLoop, kind: number): number {
  return loop.scheduler.core.calls.slotsLive(kind);
}

/** Waits until `holds`, and fails when that takes too long. */
export function* until(what: string, holds: () => boolean): Generator<unknown, void, unknown> {
  const loop = getRunningLoop();
  const isVirtual = loop.scheduler.host.skipTo !== undefined;
  const nowMs = () => (isVirtual ? loop.time() : Date.now());
  const endMs = nowMs() + PATIENCE_MS;
  while (!holds()) {
    if (nowMs() > endMs) throw new Error(`waited in vain until ${what}`);
    // By the host's timer, so that the count of the loop's timers is not ours; under a virtual clock nobody waits for that one.
    yield* isVirtual ? sleep(1) : new HostPause();
  }
}

/** Lets the host take one turn. */
export function* hostTurn(): Generator<unknown, void, unknown> {
  const future = getRunningLoop().createFuture<void>();
  setImmediate(() => {
    if (future.pending()) future.setResult();
  });
  yield* future;
}

/** Gives the host a few milliseconds. */
class HostPause {
  *[Symbol.iterator](): Generator<unknown, void, unknown> {
    const future = getRunningLoop().createFuture<void>();
    setTimeout(() => {
      if (future.pending()) future.setResult();
    }, 2);
    yield* future;
  }
}

/** What `coroutine` throws; fails when it does not. */
export function* thrownBy(
  coroutine: Coroutine<unknown>,
): Generator<unknown, Error & { code: string }, unknown> {
  let value: unknown;
  try {
    value = yield* coroutine;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error(`expected a failure, got ${value}`);
}

/** What `body` throws; fails when it does not. */
export function thrown(body: () => unknown): Error & { code: string } {
  try {
    body();
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("expected a failure");
}

export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "wasyncio-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Pair {
  readonly server: Server;
  readonly client: StreamReader;
  readonly toServer: StreamWriter;
  readonly accepted: StreamReader;
  readonly toClient: StreamWriter;
}

/** Runs `body` with both ends of a connection, and closes everything after it. */
export function* withPair(
  body: (pair: Pair) => Generator<unknown, void, unknown>,
  options: ServerOptions = {},
): Generator<unknown, void, unknown> {
  const arrived = getRunningLoop().createFuture<[StreamReader, StreamWriter]>();
  const server = yield* startServer(
    (reader, writer) => arrived.setResult([reader, writer]),
    "127.0.0.1",
    0,
    options,
  );
  const [client, toServer] = yield* openConnection("127.0.0.1", portOf(server), options);
  const [accepted, toClient] = yield* arrived;
  try {
    yield* body({ server, client, toServer, accepted, toClient });
  } finally {
    toServer.transport.abort();
    toClient.transport.abort();
    server.close();
    yield* server.waitClosed();
  }
}

export function portOf(server: Server): number {
  const [first] = server.addresses;
  if (first === undefined) throw new Error("the server does not listen");
  return first.port;
}

/** Sends back what comes, until the end. */
export function* echo(reader: StreamReader, writer: StreamWriter): Generator<unknown, void, unknown> {
  for (let some = yield* reader.read(65536); some.length > 0; some = yield* reader.read(65536)) {
    writer.write(some);
    yield* writer.drain();
  }
  writer.close();
}

export { sleep };

/** Reads to the end, or until the other side has cut the connection. */
export function* ended(reader: StreamReader): Generator<unknown, void, unknown> {
  try {
    // An alert may come first.
    while ((yield* reader.read(1000)).length > 0);
  } catch (error) {
    expect((error as { code: string }).code).toBe("ECONNRESET");
  }
}

/** What a task fails with, or the CancelledError of one that was cancelled. */
export function* failureOfTask(task: Task<unknown>): Generator<unknown, Error & { code: string }, unknown> {
  return yield* thrownBy(
    (function* () {
      yield* task;
    })(),
  );
}
