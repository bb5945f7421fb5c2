/**
 * Owns the checks of what users hand in: functions, counts and options, each with a typed error that says what to do.
 * Knows nothing of loops, futures or hosts.
 */
import { ArgumentError, describe } from "./errors.ts";

/**
 * Checks that something can be called.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 */
export function checkFunction(caller: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new ArgumentError("ERR_CALLBACK_EXPECTED", `${caller} needs a function, and got ${describe(value)}`);
}

/**
 * Checks a count: a whole number, `atLeast` or more; any whole number unless that is given.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for what is no number, ERR_ARGUMENT_VALUE for one that is no such count.
 */
export function checkCount(caller: string, value: unknown, atLeast = Number.NEGATIVE_INFINITY): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= atLeast) return value;
  const range = atLeast === Number.NEGATIVE_INFINITY ? "" : `, ${atLeast} or more`;
  throw new ArgumentError(
    typeof value === "number" ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE",
    `${caller} needs a whole number${range}, and got ${describe(value)}`,
  );
}

/**
 * Checks that something is of a class.
 * @throws ArgumentError ERR_ARGUMENT_TYPE.
 */
export function checkInstance(
  caller: string,
  needs: string,
  value: unknown,
  kind: abstract new (...args: never) => unknown,
): void {
  if (value instanceof kind) return;
  throw new ArgumentError("ERR_ARGUMENT_TYPE", `${caller} needs ${needs}, and got ${describe(value)}`);
}

/**
 * Reads the options that a user has given, of those that there are. What stands on Object.prototype is none of them, so
 * that a polluted prototype chooses nothing; instances of classes and `Object.create(defaults)` work.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for null, a primitive, an array or a function.
 */
export function readOptions<O extends object, K extends keyof O & string>(
  caller: string,
  options: O | undefined,
  names: readonly K[],
): Partial<Pick<O, K>> {
  const given: Partial<Pick<O, K>> = Object.create(null);
  if (options === undefined) return given;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new ArgumentError(
      "ERR_ARGUMENT_TYPE",
      `${caller} needs its options as an object, and got ${describe(options)}`,
    );
  }
  for (const name of names) if (stands(name, options)) given[name] = options[name];
  return given;
}

/** Whether the object or a prototype of its own kind has it. */
function stands(name: string, options: object): boolean {
  for (
    let at: object | null = options;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  )
    if (Object.hasOwn(at, name)) return true;
  return false;
}
