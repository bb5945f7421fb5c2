/**
 * Owns what becomes of an uncaught exception: the handler that is set, the default one, and how a report
 * reads. Knows nothing of where exceptions come from.
 */
import { wrongArgument } from "./checks.ts";
import { type Context, enterContext } from "./context.ts";
import { describe } from "./errors.ts";
import { isInterrupt } from "./interrupt.ts";

/** What is reported about an exception. Users get it as an ExceptionContext, which has the objects' types. */
export interface Report {
  readonly message: string;
  readonly exception?: unknown;
  readonly future?: object;
  readonly task?: object;
  readonly handle?: object;
  readonly futureDescription?: string;
  readonly source?: string;
  readonly context?: Report;
}

/** The context of what a report is about: of the task, or else the handle. As in asyncio, which looks for one that has a context. */
export function contextOf({ task, future, handle }: Report): Context | undefined {
  const about = (task ?? future ?? handle) as { getContext?: () => Context } | undefined;
  return about?.getContext?.();
}

/** What gets it if no handler is set: a loop, whose method a user may override. */
export interface ReportsByDefault {
  defaultExceptionHandler(report: Report): void;
}

/** Where the reports of one loop go. @internal */
export class Reporter {
  readonly #byDefault: ReportsByDefault;
  readonly #write: (text: string) => void;
  /** Null if the user has set none. */
  handler: ((report: Report) => void) | null = null;

  constructor(byDefault: ReportsByDefault, write: (text: string) => void) {
    this.#byDefault = byDefault;
    this.#write = write;
  }

  /**
   * Passes a report to the handler. A handler that fails is itself reported, and never stops the loop.
   * @param where - the context to call the handler in; undefined for the current one.
   */
  report(report: Report, where: Context | undefined): void {
    const { handler } = this;
    if (handler === null) {
      this.#reportByDefault(report);
      return;
    }
    const outer = where === undefined ? undefined : enterContext(where);
    try {
      handler(report);
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      this.#reportByDefault({ message: "Unhandled error in exception handler", exception, context: report });
    } finally {
      if (where !== undefined) enterContext(outer);
    }
  }

  #reportByDefault(report: Report): void {
    try {
      this.#byDefault.defaultExceptionHandler(report);
    } catch (exception) {
      if (isInterrupt(exception)) throw exception;
      this.write(`Exception in default exception handler\n${stackOf(exception)}`);
    }
  }

  write(text: string): void {
    this.#write(text);
  }
}

/** A report as text: the message, what is known, and the exception's stack at the end. */
export function inWords(report: Report): string {
  checkReport("defaultExceptionHandler", report);
  const lines = [report.message ?? "Unhandled exception in event loop"];
  for (const [key, value] of Object.entries(report)) {
    if (key === "message" || key === "exception" || value === undefined) continue;
    lines.push(`${key}: ${key === "context" ? (value as Report).message : value}`);
  }
  if (report.exception !== undefined) lines.push(stackOf(report.exception));
  return lines.join("\n");
}

/** @throws ArgumentError ERR_ARGUMENT_TYPE. @internal */
export function checkReport(caller: string, report: unknown): void {
  if (typeof report !== "object" || report === null || Array.isArray(report))
    throw wrongArgument(caller, "an object with a message", report);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return describe(error);
  const { message, stack = "" } = error;
  // In Firefox and WebKit it contains only the frames.
  return stack !== "" && stack.includes(message) ? stack : `${error}\n${stack}`;
}
