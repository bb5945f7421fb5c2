/** The tables of `wasyncio/testing`: of what explores programs, which is called where no loop is running, and of networks in memory. */
import { getRunningLoop, sleep } from "wasyncio";
import { SeededRandom, SimulatedNetwork } from "wasyncio/testing";
import { hashOf, tokenOf } from "../../../src/testing/token.ts";
import { type Area, aBoolean, aFunction, anything, type Kind, kind, options, required } from "../rows.ts";
import { FUNCTIONS, OBJECTS } from "../values.ts";

const program = aFunction("a generator function, an async function");
const maxSteps = kind(() => 100, ["How many steps", "2**53"]);
const idleMs = kind(() => 10, ["After how many milliseconds", "1", "1.5", "2**53"]);
const seed = kind(() => 1, ["The same seed makes the same runs", "0", "1", "-1"]);
const ofRandom = kind(() => 1, ["a whole number", "0", "1", "-1"]);
const items = kind(() => [1], ["an array", "[]", "['x']", "[null]"]);

/** Of any program that does nothing: it takes a step, and its end is a callback. */
function aToken(): string {
  const fingerprint = hashOf("0:o", hashOf("0:s1main", 0));
  const schedule = { seed: 1, departures: [], faults: [] };
  return tokenOf({ program: fingerprint, run: fingerprint, schedule });
}

/** Options of a search that is over soon; and those by default, which is not. */
function few(each: Readonly<Record<string, Kind>>): Kind {
  return required({ ...options(each, [["by default", "undefined"]]), right: () => ({ runs: 2 }) });
}

export const EXPLORING: Area = {
  receivers: { SeededRandom: () => new SeededRandom(1) },
  rows: {
    explore: {
      program,
      options: few({
        maxSteps,
        idleMs,
        runs: kind(() => 2, ["How many runs", "1"]),
        seed,
        strategy: kind(() => "pct"),
        depth: kind(() => 1, ["how many constraints", "0", "1", "2**53"]),
        cancellations: kind(() => true, ["Whether to cancel each task", "true", "false", ...FUNCTIONS]),
        clockJumps: aBoolean("Whether the clock jumps"),
        slowCallbacks: aBoolean("Whether callbacks and steps are slow"),
      }),
    },
    replay: { program, token: kind(aToken), options: options({ maxSteps, idleMs }) },
    runUnder: {
      program,
      schedule: kind(() => ({}), ["any list of numbers", ...OBJECTS]),
      options: options({ maxSteps, idleMs }),
    },
    "new SeededRandom": { seed: ofRandom },
    "SeededRandom.bits": {},
    "SeededRandom.next": {},
    "SeededRandom.below": { end: kind(() => 3, ["1 or more", "1", "2**53"]) },
    "SeededRandom.pick": { items },
    "SeededRandom.shuffle": { items },
    "SeededRandom.stream": { name: ofRandom },
  },
  outside: ["explore", "replay", "runUnder"],
};

const ofLink = {
  latencyMs: kind(() => [1, 2], ["How long it takes", "0", "1", "1.5", "2**53"]),
  bandwidthBytesPerSecond: kind(
    () => 1000,
    ["How many bytes leave in a second", "1", "1.5", "2**53", "Infinity"],
  ),
  loss: kind(() => 0.5, ["0 to 1", "0", "1"]),
  reorder: kind(() => 0.5, ["0 to 1", "0", "1"]),
};
const aHost = kind(() => "a");
const aDurationMs = kind(() => 10, ["in milliseconds", "1", "1.5", "2**53"]);

function aNetwork(): SimulatedNetwork {
  return new SimulatedNetwork({ hosts: ["a", "b"] });
}

export const NETWORKS: Area = {
  receivers: { SimulatedNetwork: aNetwork, SimulatedHost: () => aNetwork().host("a") },
  rows: {
    "new SimulatedNetwork": {
      options: options({
        seed: kind(() => 1, ["a whole number", "0", "1", "-1"]),
        hosts: kind(() => ["a"], ["The names of its hosts", "[]", "['x']"]),
        link: kind(() => ({ loss: 0 }), ["What all links do", ...OBJECTS]),
        bufferBytes: kind(() => 1000, ["How many bytes", "1", "2**53"]),
        connectTimeoutMs: aDurationMs,
        sendTimeoutMs: aDurationMs,
      }),
    },
    "SimulatedNetwork.attach": { loop: kind(() => getRunningLoop()) },
    "SimulatedNetwork.host": {
      name: kind(() => "c", ["A host of the network", "'x'"]),
      options: options({ addresses: kind(() => ["192.0.2.1"]) }),
    },
    "SimulatedNetwork.link": {
      one: aHost,
      other: aHost,
      options: options(ofLink, [["What is left out stays as it is", "undefined"]]),
    },
    "SimulatedNetwork.partition": { groups: kind(() => ["a"], ["lists of names", "[]"]) },
    "SimulatedNetwork.cut": { from: aHost, to: aHost },
    "SimulatedNetwork.heal": {},
    "SimulatedNetwork.reset": { one: aHost, other: aHost },
    "SimulatedNetwork.crash": { name: aHost },
    "SimulatedNetwork.restart": { name: aHost },
    "SimulatedNetwork.toString": {},
    "SimulatedHost.context": {},
    "SimulatedHost.createTask": {
      coroutine: kind(() => sleep(0), ["as the module's `createTask` does", "a coroutine", ...FUNCTIONS]),
      options: options({ name: anything("the task's name") }),
    },
    "SimulatedHost.toString": {},
  },
};
