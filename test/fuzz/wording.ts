// The words in which asyncio says what wasyncio says in its own.
//
// Owns the table from wasyncio's error codes to the type and message of CPython's error. Must not know
// programs or traces. wasyncio's messages tell what to do and are free to get better; what has to be equal is
// which error it is, and that is what the code stands for.

export interface Wording {
  readonly error: string;
  readonly message: string;
}

/** As the oracle writes them, with "…" for the representation of an object. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  // TO BE FITTED: the codes are guesses until the API is there. The right-hand sides are CPython's.
  RESULT_NOT_READY: { error: "InvalidStateError", message: "Result is not set." },
  EXCEPTION_NOT_READY: { error: "InvalidStateError", message: "Exception is not set." },
  INVALID_STATE: { error: "InvalidStateError", message: "invalid state" },
  TASK_SET_RESULT: { error: "RuntimeError", message: "Task does not support set_result operation" },
  TASK_SET_EXCEPTION: { error: "RuntimeError", message: "Task does not support set_exception operation" },
  AWAIT_SELF: { error: "RuntimeError", message: "Task cannot await on itself: …" },
  WAIT_EMPTY: { error: "ValueError", message: "Set of Tasks/Futures is empty." },
  GROUP_NOT_ENTERED: { error: "RuntimeError", message: "TaskGroup … has not been entered" },
  GROUP_FINISHED: { error: "RuntimeError", message: "TaskGroup … is finished" },
  GROUP_SHUTTING_DOWN: { error: "RuntimeError", message: "TaskGroup … is shutting down" },
  TIMEOUT_NOT_ENTERED: { error: "RuntimeError", message: "Timeout has not been entered" },
  TIMEOUT_FINISHED: { error: "RuntimeError", message: "Cannot change state of finished Timeout" },
  TIMEOUT_EXPIRING: { error: "RuntimeError", message: "Cannot change state of expiring Timeout" },
  TIMEOUT_EXPIRED: { error: "RuntimeError", message: "Cannot change state of expired Timeout" },
  LOCK_NOT_ACQUIRED: { error: "RuntimeError", message: "Lock is not acquired." },
  CONDITION_WAIT_UNLOCKED: { error: "RuntimeError", message: "cannot wait on un-acquired lock" },
  CONDITION_NOTIFY_UNLOCKED: { error: "RuntimeError", message: "cannot notify on un-acquired lock" },
  SEMAPHORE_OVER_RELEASED: { error: "ValueError", message: "BoundedSemaphore released too many times" },
  BARRIER_ABORTED: { error: "BrokenBarrierError", message: "Barrier aborted" },
  BARRIER_BROKEN: { error: "BrokenBarrierError", message: "Abort or reset of barrier" },
  TASK_DONE_TOO_OFTEN: { error: "ValueError", message: "task_done() called too many times" },
  QUEUE_EMPTY: { error: "QueueEmpty", message: "" },
  QUEUE_FULL: { error: "QueueFull", message: "" },
  QUEUE_SHUT_DOWN: { error: "QueueShutDown", message: "" },
  CONTEXT_ENTERED: { error: "RuntimeError", message: "cannot enter context: … is already entered" },
};

export function asyncioWording(error: unknown): Wording {
  if (!(error instanceof Error)) return { error: typeof error, message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return WORDINGS[code] ?? { error: error.name, message: error.message };
}
