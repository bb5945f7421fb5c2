/**
 * Owns what an executor and its workers say to one another, and how an error goes across. Both sides load this file, so it knows
 * nothing of loops, hosts or executors.
 */

/** What is called, as it goes across: an export of a module, one of those that the worker itself exposes, or source. */
export type CalleeText =
  | { readonly name: string; readonly url: string | undefined }
  | { readonly name: string; readonly source: string };

/** A call. What is called goes along the first time that a worker hears of its number. */
export interface CallMessage {
  readonly kind: "call";
  readonly id: number;
  readonly callee: number;
  readonly text: CalleeText | undefined;
  readonly args: readonly unknown[];
  /** Whether the arguments are a list of arguments, for as many calls. */
  readonly isChunk: boolean;
}

export type ToWorker =
  | CallMessage
  /** To be called once, before anything else. */
  | { readonly kind: "initialize"; readonly text: CalleeText; readonly args: readonly unknown[] }
  /** So many values of a generator have been taken. */
  | { readonly kind: "taken"; readonly id: number; readonly count: number }
  /** A generator is to end at its next `yield`. */
  | { readonly kind: "return"; readonly id: number };

export type FromWorker =
  | { readonly kind: "value"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: SentError }
  | { readonly kind: "progress"; readonly id: number; readonly value: unknown }
  | { readonly kind: "broken"; readonly error: SentError }
  | { readonly kind: "closing" };

/** How many values of a generator may be under way before the worker waits for one to be taken. */
export const PROGRESS_WINDOW = 16;

/** What was thrown, as it goes across. */
export type SentError =
  | { readonly thrown: unknown }
  | {
      readonly name: string;
      readonly message: string;
      readonly stack: string | undefined;
      readonly cause?: SentError;
      readonly errors?: readonly SentError[];
      /** What the error has of its own, as far as it is text, numbers and the like. */
      readonly own: Readonly<Record<string, unknown>>;
    };

/** Causes are followed so far: they may go in a circle. */
const DEPTH_MAX = 8;
const SENT_BY_NAME = ["name", "message", "stack", "cause", "errors"];

/** An error as it goes across. What is no error goes as it is. */
export function sendError(thrown: unknown, depth = 0): SentError {
  if (!isErrorLike(thrown)) return { thrown };
  const { name, message, stack, cause, errors } = thrown;
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(thrown))
    if (!SENT_BY_NAME.includes(key) && isPrimitive(value)) own[key] = value;
  const sent = { name: String(name), message: String(message), stack, own };
  if (depth === DEPTH_MAX) return sent;
  return {
    ...sent,
    ...(cause !== undefined && { cause: sendError(cause, depth + 1) }),
    ...(Array.isArray(errors) && { errors: errors.map((each) => sendError(each, depth + 1)) }),
  };
}

function isErrorLike(value: unknown): value is Error & { readonly errors?: unknown } {
  if (value instanceof Error) return true;
  return /^\[object (?:Error|DOMException)\]$/.test(Object.prototype.toString.call(value));
}

function isPrimitive(value: unknown): boolean {
  return value === null || ["string", "number", "boolean", "bigint"].includes(typeof value);
}

const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/**
 * The error that was sent: of the same class if that is one of the language's, else an Error of the same name. Its stack is that
 * of the worker.
 */
export function receiveError(sent: SentError): unknown {
  if ("thrown" in sent) return sent.thrown;
  const { name, message, stack, cause, errors, own } = sent;
  const Class = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const error =
    errors === undefined
      ? new (Class ?? Error)(message)
      : new AggregateError(errors.map(receiveError), message);
  if (error.name !== name) define(error, "name", name);
  if (stack !== undefined) define(error, "stack", stack);
  if (cause !== undefined) define(error, "cause", receiveError(cause));
  // Not by assignment, which would call setters and set prototypes.
  for (const [key, value] of Object.entries(own)) define(error, key, value, true);
  return error;
}

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}
