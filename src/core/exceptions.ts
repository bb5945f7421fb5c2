/**
 * Owns what a user's exception handler is told, in the types of this package. Knows nothing of how it comes to be told
 * (reporting.ts).
 */
import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { Report } from "./reporting.ts";
import type { EventLoop } from "./scheduler.ts";
import type { Task } from "./task.ts";

/** What an exception handler is told. `message` is always there. */
export interface ExceptionContext extends Report {
  readonly message: string;
  readonly exception?: unknown;
  readonly future?: Future<unknown>;
  readonly task?: Task<unknown>;
  readonly handle?: Handle;
  /** The future in words, where the object itself has been collected. */
  readonly futureDescription?: string;
  /** In debug mode: where the future or task was made. */
  readonly source?: string;
  /** What the handler was told that failed itself. */
  readonly context?: ExceptionContext;
}

/** Gets every exception that nobody catches. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;
