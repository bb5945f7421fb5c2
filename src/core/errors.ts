/**
 * Owns the error classes. Every one has a stable `code`, and a message that says what to do about it.
 * Knows nothing of loops, futures or hosts.
 */

/**
 * The codes of errors the package throws. A code never changes its meaning; messages may.
 */
export type ErrorCode =
  | "ERR_ARGUMENT_TYPE"
  | "ERR_ARGUMENT_VALUE"
  | "ERR_AWAIT_CURRENT_TASK"
  | "ERR_BAD_YIELD"
  | "ERR_BROKEN_BARRIER"
  | "ERR_BODY_USED"
  | "ERR_CALLBACK_EXPECTED"
  | "ERR_CANCELLED"
  | "ERR_CONTEXT_ENTERED"
  | "ERR_CORE_MISSING"
  | "ERR_CORE_VERSION"
  | "ERR_COROUTINE_EXPECTED"
  | "ERR_COROUTINE_FINISHED"
  | "ERR_COROUTINE_RUNNING"
  | "ERR_DEADLOCK"
  | "ERR_DELAY"
  | "ERR_EXECUTOR_MISSING"
  | "ERR_EXECUTOR_SHUT_DOWN"
  | "ERR_FOREIGN_FUTURE"
  | "ERR_HOST_REFUSED"
  | "ERR_HOST_UNSUPPORTED"
  | "ERR_INTERRUPTED"
  | "ERR_INVALID_STATE"
  | "ERR_LINE_TOO_LONG"
  | "ERR_LOOP_CLOSED"
  | "ERR_LOOP_RUNNING"
  | "ERR_LOOP_STOPPED"
  | "ERR_NETWORK_IN_USE"
  | "ERR_NO_CURRENT_LOOP"
  | "ERR_NO_CURRENT_TASK"
  | "ERR_NO_RUNNING_LOOP"
  | "ERR_NO_SUCH_FUNCTION"
  | "ERR_NOT_ACQUIRED"
  | "ERR_OWNER_ENDED"
  | "ERR_PROTOCOL_EXPECTED"
  | "ERR_QUEUE_EMPTY"
  | "ERR_QUEUE_FULL"
  | "ERR_QUEUE_SHUT_DOWN"
  | "ERR_READER_BUSY"
  | "ERR_RUNNER_CLOSED"
  | "ERR_TASK_GROUP"
  | "ERR_RUN_SYNC"
  | "ERR_SERVER_BUSY"
  | "ERR_SERVER_CLOSED"
  | "ERR_SESSION_CLOSED"
  | "ERR_TIMEOUT"
  | "ERR_TIMEOUT_STATE"
  | "ERR_TLS_STARTED"
  | "ERR_TOO_MANY_RELEASES"
  | "ERR_WEBASSEMBLY_FORBIDDEN"
  | "ERR_WEBASSEMBLY_MISSING"
  | "ERR_WRITE_AFTER_EOF";

/** What all errors of this package have in common: a `code` to distinguish them. */
export interface CodedError extends Error {
  readonly code: string;
}

/**
 * The task was cancelled. Thrown into a coroutine where it waits; catch it to clean up, and rethrow it.
 * asyncio: `CancelledError`.
 */
export class CancelledError extends Error implements CodedError {
  override readonly name = "CancelledError";
  readonly code: "ERR_CANCELLED" | "ERR_OWNER_ENDED" = "ERR_CANCELLED";
}

/** What was waiting was cut off, since the task that it was part of has ended, or the loop. @internal */
export class OwnerEndedError extends CancelledError {
  override readonly code = "ERR_OWNER_ENDED";
}

/** Whether the engine's limit of frames may be set: not where the built-in objects are frozen. */
const limitsStacks = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")?.writable === true;

/**
 * The error that the loop throws into a coroutine. Without a stack, which would show only the loop: capturing one costs
 * more than the rest of a cancellation. @internal
 */
export function makeCancelledError(message: string | undefined): CancelledError {
  return withoutStack(CancelledError, message);
}

/** The same for what was cut off from a task that has ended; from its loop, if no task is known. @internal */
export function makeOwnerEndedError(taskName: string | undefined): OwnerEndedError {
  const about =
    taskName === undefined
      ? "the loop was closed while this waited for one of its futures; await the future before the run ends"
      : `the task '${taskName}' has ended, and this was started in it and not awaited; ` +
        "await it, or use createTask for what should go on";
  return withoutStack(OwnerEndedError, about);
}

function withoutStack<A, E>(ErrorClass: new (about: A) => E, about: A): E {
  if (!limitsStacks) return new ErrorClass(about);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new ErrorClass(about);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** A future or task is not in the state the call needs. asyncio: `InvalidStateError`. */
export class InvalidStateError extends Error implements CodedError {
  override readonly name = "InvalidStateError";
  readonly code = "ERR_INVALID_STATE";
}

/** A deadline passed. asyncio: `TimeoutError`. */
export class TimeoutError extends Error implements CodedError {
  override readonly name = "TimeoutError";
  readonly code = "ERR_TIMEOUT";
}

/** A loop or task was misused. asyncio raises RuntimeError here. */
export class LoopError extends Error implements CodedError {
  override readonly name: string = "LoopError";
  readonly code: ErrorCode;

  /** @internal */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The host that the program runs on cannot do this, whatever the arguments. asyncio raises NotImplementedError here, as
 * on a loop of Windows that has no Unix sockets.
 */
export class NotSupportedError extends LoopError {
  override readonly name = "NotSupportedError";
  /** The host's name, such as `browser` or `workerd`. */
  readonly host: string;

  /**
   * @param what - what needs it, and what it needs: `startServer needs server sockets`.
   * @param alternative - what to do instead.
   * @internal
   */
  constructor(host: string, what: string, alternative: string) {
    super("ERR_HOST_UNSUPPORTED", `${what}, which the host '${host}' does not have; ${alternative}`);
    this.host = host;
  }
}

/** An argument is invalid. asyncio raises TypeError or ValueError here. */
export class ArgumentError extends TypeError implements CodedError {
  override readonly name = "ArgumentError";
  readonly code: ErrorCode;

  /** @internal */
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Nothing is left that could ever wake the program, and it has not ended. asyncio would wait for ever. */
export class DeadlockError extends LoopError {
  override readonly name = "DeadlockError";
  /** The tasks that are still pending, each with what it waits for. */
  readonly pending: readonly string[];

  /**
   * @param about - the end of the message.
   * @internal
   */
  constructor(pending: readonly string[], about = "") {
    super("ERR_DEADLOCK", `nothing is left to wait for, but the program has not ended${about}`);
    this.pending = pending;
  }
}

/** Whether it is an error; including one from another realm, as the host's own are in a context of `node:vm`. @internal */
export function isError(value: unknown): value is Error {
  if (value instanceof Error) return true;
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Error]" || tag === "[object DOMException]";
}

/**
 * What was thrown, as the error with which something ends. Undefined and null would look like no failure at all; in their place
 * there is an error that has them as its cause.
 * @param how - how it happened, before what was thrown: `a callback threw`. @internal
 */
export function failureOf(thrown: unknown, how: string): unknown {
  return thrown ?? new Error(`${how} ${thrown}`, { cause: thrown });
}

/** How a value is named in a message: short, and never throwing. */
export function describe(value: unknown): string {
  if (typeof value === "function") return `the function '${value.name || "anonymous"}'`;
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 40))}`;
  if (typeof value === "object" && value !== null) {
    const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return `an object of class '${typeof name === "string" && name !== "" ? name : "Object"}'`;
  }
  return String(value);
}

/** The same for what may be a secret, such as a key or a password, perhaps in the wrong place: its type alone. @internal */
export function describeType(value: unknown): string {
  return /^[sn]|^big/.test(typeof value) ? `a ${typeof value}` : describe(value);
}
