/**
 * Owns how a task is made: its options, as given by a user and as read. Knows nothing of tasks.
 */
import { checkBoolean, checkInstance, readOptions } from "./checks.ts";
import { Context } from "./context.ts";
import { describe } from "./errors.ts";

/** How a task is made. */
export interface TaskOptions {
  /** Its name in messages and lists; by default `Task-1`, `Task-2` and so on. Other values are converted to strings. */
  readonly name?: string | undefined;
  /** The context it runs in; by default a copy of the current one. */
  readonly context?: Context | undefined;
  /** Takes the first step at once instead of in the next turn, if the loop is running. */
  readonly eagerStart?: boolean | undefined;
}

const NAMES = ["name", "context", "eagerStart"] as const;
const everywhere: TaskOptions = Object.prototype;

/** Most tasks are made without any. */
export const NO_OPTIONS: TaskOptions = { name: undefined, context: undefined, eagerStart: undefined };

/**
 * The options, checked. They are read as they are while none of their names is on Object.prototype, since tasks are
 * made by the million.
 * @throws ArgumentError ERR_ARGUMENT_TYPE.
 */
export function readTaskOptions(options: TaskOptions | undefined): TaskOptions {
  if (options === NO_OPTIONS) return options;
  const { name, context, eagerStart } = everywhere;
  const isClean = name === undefined && context === undefined && eagerStart === undefined;
  const isObject = typeof options === "object" && options !== null && !Array.isArray(options);
  const read = isClean && isObject ? options : readOptions("createTask", options, NAMES);
  if (read.context !== undefined) checkInstance("createTask", "a Context", read.context, Context);
  if (read.eagerStart !== undefined) checkBoolean("createTask", "eagerStart", read.eagerStart);
  return read;
}

/** A name is a string, and whatever else is given becomes one. @internal */
export function asName(name: unknown): string {
  return typeof name === "string" ? name : describe(name);
}
