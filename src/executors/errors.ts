/**
 * Owns the errors of executors. What a call itself has thrown comes back as it was thrown (messages.ts).
 */
import type { CodedError } from "../core/errors.ts";

/** What can be wrong with the use of an executor. */
export type ExecutorErrorCode =
  /** What cannot be cloned was given to a call, or shared memory to another process. */
  | "ERR_NOT_CLONEABLE"
  /** It was submitted after `shutdown`. */
  | "ERR_EXECUTOR_SHUT_DOWN"
  /** The function has no source of its own: it is bound, or built in. */
  | "ERR_FUNCTION_SOURCE"
  /** Redis does not answer. */
  | "ERR_QUEUE_UNREACHABLE"
  /** What came of the call is not in Redis any more. */
  | "ERR_QUEUE_LOST"
  /** The module whose functions a worker of a queue is to call cannot be loaded. */
  | "ERR_MODULE_UNAVAILABLE"
  /** The host lets no worker be started. */
  | "ERR_WORKER_REFUSED";

/** An executor was used in a way it cannot be used. concurrent.futures raises RuntimeError here. */
export class ExecutorError extends Error implements CodedError {
  override readonly name = "ExecutorError";
  readonly code: ExecutorErrorCode;

  /** @internal */
  constructor(code: ExecutorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The worker that ran the call has ended in the middle of it, or its executor's initializer has failed; `cause` is why, as far as
 * that is known. concurrent.futures: `BrokenExecutor`.
 */
export class BrokenExecutorError extends Error implements CodedError {
  override readonly name = "BrokenExecutorError";
  readonly code = "ERR_EXECUTOR_BROKEN";

  /** @internal */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
