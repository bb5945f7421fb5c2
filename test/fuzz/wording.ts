// asyncio's words for what wasyncio says in its own.
//
// Owns the table from wasyncio's error codes to the type and message of CPython's error. Must not know
// programs or traces. wasyncio's messages tell what to do and are free to get better; what has to be equal is
// which error it is, and that is what the code stands for.

export interface Wording {
  readonly error: string;
  readonly message: string;
}

type Translation = (message: string, name: string) => Wording;

/** Where the message is asyncio's as well. */
function as(error: string): Translation {
  return (message) => ({ error, message });
}

/** Where the code says it all. */
function fixed(error: string, message: string): Translation {
  return () => ({ error, message });
}

/** As the oracle writes them, with "…" for the representation of an object. */
const WORDINGS: Readonly<Record<string, Translation>> = {
  ERR_ARGUMENT_VALUE: as("ValueError"),
  ERR_AWAIT_CURRENT_TASK: fixed("RuntimeError", "Task cannot await on itself: …"),
  ERR_BROKEN_BARRIER: as("BrokenBarrierError"),
  ERR_CONTEXT_ENTERED: fixed("RuntimeError", "cannot enter context: … is already entered"),
  ERR_INVALID_STATE: (message, name) => {
    if (message.startsWith("a task's result")) return taskRefuses("set_result");
    if (message.startsWith("a task's exception")) return taskRefuses("set_exception");
    return { error: name, message: message.startsWith("invalid state") ? "invalid state" : message };
  },
  ERR_NOT_ACQUIRED: as("RuntimeError"),
  ERR_QUEUE_EMPTY: fixed("QueueEmpty", ""),
  ERR_QUEUE_FULL: fixed("QueueFull", ""),
  ERR_QUEUE_SHUT_DOWN: fixed("QueueShutDown", ""),
  ERR_TASK_GROUP: (message) => ({
    error: "RuntimeError",
    message: message.replace("TaskGroup", "TaskGroup …"),
  }),
  // A program may raise one of its own, with words of its own.
  ERR_TIMEOUT: (message) => ({ error: "TimeoutError", message: message.startsWith("the ") ? "" : message }),
  ERR_TIMEOUT_STATE: as("RuntimeError"),
  ERR_TOO_MANY_RELEASES: as("ValueError"),
};

export function asyncioWording(error: unknown): Wording {
  if (!(error instanceof Error)) return { error: typeof error, message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return WORDINGS[code]?.(error.message, error.name) ?? { error: error.name, message: error.message };
}

function taskRefuses(operation: string): Wording {
  return { error: "RuntimeError", message: `Task does not support ${operation} operation` };
}
