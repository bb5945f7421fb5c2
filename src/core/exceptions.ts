/**
 * Owns what a user's exception handler is called with, in the types of this package. Knows nothing of how it is called
 * (reporting.ts).
 */
import type { Future } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { Report } from "./reporting.ts";
import type { EventLoop } from "./scheduler.ts";
import type { Task } from "./task.ts";

/** What an exception handler is called with. `message` is always present. */
export interface ExceptionContext extends Report {
  readonly message: string;
  readonly exception?: unknown;
  readonly future?: Future<unknown>;
  readonly task?: Task<unknown>;
  readonly handle?: Handle;
  /** The connection, and the protocol that has failed. */
  readonly transport?: object;
  readonly protocol?: object;
  /** The future in words, where the object itself has been collected. */
  readonly futureDescription?: string;
  /** In debug mode: where the future or task was created. */
  readonly source?: string;
  /** What the handler was called with when it failed itself. */
  readonly context?: ExceptionContext;
}

/** Gets every uncaught exception. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;
