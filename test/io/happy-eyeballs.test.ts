// Names with several addresses: in which order they are tried, when the next one is, and when none is any more. In a network in
// memory, where time is exact, and where addresses of a host that has vanished never answer.

import { expect, test } from "vitest";
import { type ConnectOptions, getRunningLoop, openConnection, runSync, startServer } from "wasyncio";
import { SimulatedNetwork, VirtualClock } from "wasyncio/testing";
import type { HostQuery, HostTarget, NamedNetwork, Network } from "../../src/host/network.ts";
import { channelsOf, thrownBy, until } from "./harness.ts";

const SILENT = ["fd00::1", "fd00::2", "fd00::3"] as const;
const REFUSING = "10.2.0.1";
const FINE = "10.3.0.1";
const PORT = 80;
const LATENCY_MS = 1;
/** There and back. */
const ANSWER_MS = 2 * LATENCY_MS;

type Attempt = readonly [afterMs: number, host: string];

/** What connecting to a name with those addresses came to. */
interface Outcome {
  readonly attempts: readonly Attempt[];
  /** The address that was connected to, or the code of the failure. */
  readonly end: string;
  readonly afterMs: number;
}

/** The network, with one name that has those addresses, and a record of what is connected to. */
function withName(network: SimulatedNetwork, addresses: readonly string[], attempts: Attempt[]): Network {
  return {
    attach(loop) {
      const attached = network.attach(loop);
      const changed: Pick<NamedNetwork, "connect" | "lookup"> = {
        connect(target: HostTarget) {
          if (target.path === undefined) attempts.push([loop.time(), target.host]);
          return attached.connect(target);
        },
        lookup(query: HostQuery, found) {
          if (query.host !== "name") return attached.lookup?.(query, found);
          const answer = addresses.map((host) => ({ host, family: host.includes(":") ? 6 : 4 }) as const);
          loop.callAt(loop.time(), () => found(answer));
        },
      };
      return new Proxy(attached, {
        get(target, key) {
          if (Object.hasOwn(changed, key)) return changed[key as "lookup"];
          const value = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
}

function connecting(addresses: readonly string[], options: ConnectOptions): Outcome {
  const network = new SimulatedNetwork({ hosts: ["main"], link: { latencyMs: LATENCY_MS } });
  network.host("silent", { addresses: SILENT });
  network.host("refusing", { addresses: [REFUSING] });
  const fine = network.host("fine", { addresses: [FINE] });
  network.crash("silent");
  const attempts: Attempt[] = [];
  const body = function* (): Generator<unknown, Outcome, unknown> {
    const loop = getRunningLoop();
    const server = yield* fine.createTask(startServer(() => {}, FINE, PORT));
    const before = channelsOf(loop);
    const startMs = loop.time();
    attempts.length = 0;
    let end = "";
    const attempt = function* () {
      const [, writer] = yield* openConnection("name", PORT, options);
      end = writer.getExtraInfo("peername")?.host ?? "";
      writer.transport.abort();
      throw new Error("connected");
    };
    const error = yield* thrownBy(attempt());
    const afterMs = loop.time() - startMs;
    end ||= error.code;
    server.close();
    yield* until("nothing is left", () => channelsOf(loop) < before);
    return { attempts: attempts.map(([atMs, host]) => [atMs - startMs, host]), end, afterMs };
  };
  return runSync(body(), { clock: new VirtualClock(), network: withName(network, addresses, attempts) });
}

test("with happyEyeballsDelay the families take turns, and the next address is tried beside one that does not answer", () => {
  expect(connecting([...SILENT, FINE], { happyEyeballsDelay: 100 })).toEqual({
    attempts: [
      [0, SILENT[0]],
      [100, FINE],
    ],
    end: FINE,
    afterMs: 100 + ANSWER_MS,
  });
});

test("interleave says how many of the first family are tried before one of the other", () => {
  expect(connecting([...SILENT, FINE], { happyEyeballsDelay: 100, interleave: 2 })).toEqual({
    attempts: [
      [0, SILENT[0]],
      [100, SILENT[1]],
      [200, FINE],
    ],
    end: FINE,
    afterMs: 200 + ANSWER_MS,
  });
});

test("an address that refuses is followed by the next at once, whatever the delay", () => {
  expect(connecting([REFUSING, FINE], { happyEyeballsDelay: 100 })).toEqual({
    attempts: [
      [0, REFUSING],
      [ANSWER_MS, FINE],
    ],
    end: FINE,
    afterMs: 2 * ANSWER_MS,
  });
});

test("without a delay addresses are tried one after the other, in their own order or interleaved", () => {
  const tried = (options: ConnectOptions) =>
    connecting([...SILENT, FINE], options).attempts.map(([, host]) => host);
  expect(tried({ allErrors: true })).toEqual([...SILENT, FINE]);
  expect(tried({ interleave: 1 })).toEqual([SILENT[0], FINE]);
});

test("connectTimeoutMs is for all addresses together", () => {
  for (const options of [
    { happyEyeballsDelay: 100 },
    { happyEyeballsDelay: 100, allErrors: true },
    { interleave: 1 },
  ]) {
    const { end, afterMs } = connecting(SILENT, { ...options, connectTimeoutMs: 250 });
    expect(afterMs).toBe(250);
    expect(end).toBe("allErrors" in options ? "ERR_EXCEPTION_GROUP" : "ETIMEDOUT");
  }
});
