/** The tables of what explores programs, in `wasyncio/testing`, which is called where no loop is running. */
import { SeededRandom } from "wasyncio/testing";
import { hashOf, tokenOf } from "../../../src/testing/token.ts";
import { type Area, aBoolean, aFunction, aString, type Kind, kind, options, required } from "../rows.ts";
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

const search = {
  maxSteps,
  idleMs,
  runs: kind(() => 2, ["How many runs", "1"]),
  seed,
  strategy: kind(() => "pct"),
  depth: kind(() => 1, ["how many constraints", "0", "1", "2**53"]),
  cancellations: kind(() => true, ["Whether to cancel each task", "true", "false", ...FUNCTIONS]),
  clockJumps: aBoolean("Whether the clock jumps"),
  slowCallbacks: aBoolean("Whether callbacks and steps are slow"),
};

export const EXPLORING: Area = {
  receivers: { SeededRandom: () => new SeededRandom(1) },
  rows: {
    explore: { program, options: few(search) },
    explored: {
      program,
      options: options({
        ...search,
        maxSteps: kind(() => 100, ["How many steps", "1", "2**53"]),
        replay: aString("The token of a failure"),
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
