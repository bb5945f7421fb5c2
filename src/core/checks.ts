/**
 * Owns the checks of what users pass: functions, strings, counts, objects and options, each with a typed error that says
 * what to do. Knows nothing of loops, futures or hosts.
 */
import { ArgumentError, describe, describeType, type ErrorCode } from "./errors.ts";

/** The error for a value that is not what `caller` needs. Of what is of the wrong type nothing else shows: it may be a misplaced secret. */
export function wrongArgument(
  caller: string,
  needs: string,
  value: unknown,
  code: ErrorCode = "ERR_ARGUMENT_TYPE",
): ArgumentError {
  const shown = code === "ERR_ARGUMENT_TYPE" ? describeType(value) : describe(value);
  return new ArgumentError(code, `${caller} needs ${needs}, got ${shown}`);
}

/**
 * Checks that something can be called.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 */
export function checkFunction(caller: string, value: unknown, needs = "a function"): void {
  if (typeof value !== "function") throw wrongArgument(caller, needs, value, "ERR_CALLBACK_EXPECTED");
}

/**
 * Checks a count: a whole number, `atLeast` or more; by default any whole number.
 * @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a number, ERR_ARGUMENT_VALUE if it is not such a count.
 */
export function checkCount(caller: string, value: unknown, atLeast = Number.NEGATIVE_INFINITY): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= atLeast) return value;
  const range = atLeast === Number.NEGATIVE_INFINITY ? "" : `, ${atLeast} or more`;
  throw wrongNumber(caller, `a whole number${range}`, value);
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a number, ERR_ARGUMENT_VALUE for NaN and infinities. */
export function checkFinite(caller: string, needs: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrongNumber(caller, needs, value);
}

/** Checks a time that has to pass. @throws as `checkFinite`, and for what is not above 0. */
export function checkMsAboveZero(caller: string, what: string, value: unknown): number {
  const needs = `${what} above 0 milliseconds`;
  if (checkFinite(caller, needs, value) > 0) return value as number;
  throw wrongArgument(caller, needs, value, "ERR_ARGUMENT_VALUE");
}

function wrongNumber(caller: string, needs: string, value: unknown): ArgumentError {
  const code = typeof value === "number" ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE";
  return wrongArgument(caller, needs, value, code);
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function checkString(caller: string, what: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrongArgument(caller, `${what} as a string`, value);
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE. */
export function checkBoolean(caller: string, what: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw wrongArgument(caller, `${what} as a boolean`, value);
}

/**
 * Checks an object that is known by what it can do, since users bring their own.
 * @throws ArgumentError ERR_ARGUMENT_TYPE.
 */
export function checkMethods(
  caller: string,
  needs: string,
  value: unknown,
  methods: readonly string[],
): void {
  const object = value as Readonly<Record<string, unknown>> | null | undefined;
  for (const method of methods) {
    if (typeof object?.[method] === "function") continue;
    throw wrongArgument(caller, `${needs} with ${methods.map((each) => `${each}()`).join(", ")}`, value);
  }
}

/**
 * Checks something to iterate over. Strings are excluded, as are bytes and awaitables, which would never end.
 * @throws ArgumentError ERR_ARGUMENT_TYPE.
 */
export function checkIterable(caller: string, needs: string, value: unknown): void {
  const isObject = typeof value === "object" && value !== null;
  if (isObject && Symbol.iterator in value && !("then" in value) && !ArrayBuffer.isView(value)) return;
  throw wrongArgument(caller, needs, value);
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
  if (!(value instanceof kind)) throw wrongArgument(caller, needs, value);
}

/** Holds options; an object with null for its prototype would be a table, which takes more time and memory. */
class Given {}
Object.setPrototypeOf(Given.prototype, null);

/**
 * Reads the options that a user has given, of those that exist. What is on Object.prototype is not one of them, so
 * that a polluted prototype chooses nothing; instances of classes and `Object.create(defaults)` work.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for null, a primitive, an array or a function.
 */
export function readOptions<O extends object, K extends keyof O & string>(
  caller: string,
  options: O | undefined,
  names: readonly K[],
): Partial<Pick<O, K>> {
  const given: Partial<Pick<O, K>> = new Given();
  if (options === undefined) return given;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw wrongArgument(caller, "options as an object", options);
  for (const name of names) if (stands(name, options)) given[name] = options[name];
  return given;
}

/** Whether the object, or one of its own prototypes, has it. */
function stands(name: string, options: object): boolean {
  for (
    let at: object | null = options;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  )
    if (Object.hasOwn(at, name)) return true;
  return false;
}
