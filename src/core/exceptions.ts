/**
 * Owns what becomes of an exception that no one is there to catch: the handler that the user has set, the default one,
 * and how a report reads. Knows nothing of where exceptions come from.
 */
import { checkFunction, wrongArgument } from "./checks.ts";
import { type Context, enterContext } from "./context.ts";
import { describe } from "./errors.ts";
import type { Future } from "./future.ts";
import { isInterrupt } from "./future.ts";
import type { Handle } from "./handle.ts";
import type { EventLoop } from "./loop.ts";
import type { Task } from "./task.ts";

/** What an exception handler is told. `message` is always there. */
export interface ExceptionContext {
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
  /** In debug mode: where the future or task was made. */
  readonly source?: string;
  /** What the handler was told that failed itself. */
  readonly context?: ExceptionContext;
}

/** Gets every exception that nobody catches. */
export type ExceptionHandler = (loop: EventLoop, context: ExceptionContext) => void;

/** The context of what a handler is told of: of the task, or else the handle. As asyncio, which asks what has one. */
export function contextToldOf({ task, future, handle }: ExceptionContext): Context | undefined {
  const about = (task ?? future ?? handle) as { getContext?: () => Context } | undefined;
  return about?.getContext?.();
}

export class Reporter {
  readonly #loop: EventLoop;
  readonly #write: (text: string) => void;
  #handler: ExceptionHandler | null = null;

  constructor(loop: EventLoop, write: (text: string) => void) {
    this.#loop = loop;
    this.#write = write;
  }

  get handler(): ExceptionHandler | null {
    return this.#handler;
  }

  set handler(handler: ExceptionHandler | null) {
    if (handler !== null) checkFunction("setExceptionHandler", handler, "a function or null");
    this.#handler = handler;
  }

  /**
   * Hands the context to the handler. A handler that fails itself is reported, and never stops the loop.
   * @param where - the context to call the handler in; undefined for the one at hand.
   */
  report(context: ExceptionContext, where: Context | undefined): void {
    if (this.#handler === null) {
      this.#reportByDefault(context);
      return;
    }
    const outer = where === undefined ? undefined : enterContext(where);
    try {
      this.#handler(this.#loop, context);
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      this.#reportByDefault({ message: "Unhandled error in exception handler", exception, context });
    } finally {
      if (where !== undefined) enterContext(outer);
    }
  }

  #reportByDefault(context: ExceptionContext): void {
    try {
      this.#loop.defaultExceptionHandler(context);
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      this.write(`Exception in default exception handler\n${stackOf(exception)}`);
    }
  }

  write(text: string): void {
    this.#write(text);
  }
}

/** A report in words: the message, what is known, and the exception's stack at the end. */
export function formatContext(context: ExceptionContext): string {
  checkContext("defaultExceptionHandler", context);
  const lines = [context.message ?? "Unhandled exception in event loop"];
  for (const [key, value] of Object.entries(context)) {
    if (key === "message" || key === "exception" || value === undefined) continue;
    lines.push(`${key}: ${key === "context" ? (value as ExceptionContext).message : value}`);
  }
  if (context.exception !== undefined) lines.push(stackOf(context.exception));
  return lines.join("\n");
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE. @internal */
export function checkContext(caller: string, context: unknown): void {
  if (typeof context !== "object" || context === null || Array.isArray(context))
    throw wrongArgument(caller, "an object with a message", context);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return describe(error);
  const { message, stack = "" } = error;
  // Firefox and WebKit keep the frames alone in it.
  return stack !== "" && stack.includes(message) ? stack : `${error}\n${stack}`;
}
