/**
 * Owns the wrong values: what a program passes by mistake, each with a name, and made afresh for each call.
 * Knows nothing of what they are passed to.
 */
import { createTask, getRunningLoop } from "wasyncio";

/** Without any of the options that there are. */
class Settings {}

const MAKERS = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  "0": () => 0,
  "1": () => 1,
  "-1": () => -1,
  "1.5": () => 1.5,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  "-Infinity": () => Number.NEGATIVE_INFINITY,
  "2**53": () => 2 ** 53,
  "5n": () => 5n,
  "''": () => "",
  "'x'": () => "x",
  "'9'": () => "9",
  Symbol: () => Symbol("wrong"),
  "{}": () => ({}),
  "an object without prototype": () => Object.create(null) as object,
  "an instance": () => new Settings(),
  "[]": () => [],
  "['x']": () => ["x"],
  "[null]": () => [null],
  Date: () => new Date(0),
  Map: () => new Map([["x", "y"]]),
  RegExp: () => /x/,
  Error: () => new Error("wrong"),
  "an Error class": () => RangeError,
  Uint8Array: () => new Uint8Array([120]),
  "a detached buffer": detachedBuffer,
  "a detached array": () => {
    const bytes = new Uint8Array([120]);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  },
  "() => 1": () => () => 1,
  "function*": () =>
    function* wrong() {
      return 1;
    },
  "async () => 1": () => async () => 1,
  "a promise": () => Promise.resolve(1),
  "a coroutine": () =>
    (function* wrong() {
      return 1;
    })(),
  "a future": () => {
    const future = getRunningLoop().createFuture<number>();
    future.setResult(1);
    return future;
  },
  "a task": () => createTask(async () => 1),
} satisfies Record<string, () => unknown>;

export type Label = keyof typeof MAKERS;

export const LABELS = Object.keys(MAKERS) as Label[];

/** Those that exist only while a loop runs. */
export const OF_A_LOOP: readonly Label[] = ["a future", "a task"];

/** Error classes can be called as well. */
export const FUNCTIONS: readonly Label[] = ["() => 1", "function*", "async () => 1", "an Error class"];
export const AWAITABLES: readonly Label[] = ["a promise", "a coroutine", "a future", "a task"];
export const NUMBERS: readonly Label[] = ["0", "1", "-1", "1.5", "Infinity", "-Infinity", "2**53"];
export const COUNTS: readonly Label[] = ["0", "1"];
export const STRINGS: readonly Label[] = ["''", "'x'", "'9'"];
export const BOOLEANS: readonly Label[] = ["true", "false"];
export const BYTES: readonly Label[] = ["Uint8Array"];
/** Objects that have none of the options that there are, so that they are as good as none. */
export const OBJECTS: readonly Label[] = [
  "{}",
  "an object without prototype",
  "an instance",
  "Date",
  "Map",
  "RegExp",
  "Error",
  "Uint8Array",
  "a detached buffer",
  "a detached array",
  "a promise",
  "a coroutine",
  "a future",
  "a task",
];

/** The same where a host is among the options: a task has one of its own. */
export const OBJECTS_WITHOUT_HOST: readonly Label[] = OBJECTS.filter((label) => label !== "a task");

export function make(label: Label): unknown {
  return MAKERS[label]();
}

function detachedBuffer(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}
