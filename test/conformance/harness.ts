// What an item of asyncio's semantics is made of, on wasyncio's side. The twin of harness.py.
//
// Owns what an item is, how it is run and what it may record. Must not know any item. An item is a small program
// whose records show one statement of asyncio's semantics; its twin, with the same number and title, is in the
// Python file next to it.

import {
  Context,
  type Coroutine,
  DeadlockError,
  type EventLoop,
  iscoroutine,
  iscoroutinefunction,
  isfuture,
  newEventLoop,
} from "wasyncio";
import { VirtualClock } from "wasyncio/testing";
import type { Host } from "../../src/host/host.ts";
import { describe, describeContext, describeError } from "../fuzz/values.ts";
import type { Json } from "../oracle/oracle.ts";

/** A coroutine is run to its end; any other function drives its loop itself. */
type Program = ((run: ItemRun) => Coroutine<unknown>) | ((run: ItemRun) => void | Promise<void>);

export interface Item {
  readonly number: number;
  readonly title: string;
  /** Absent where JavaScript has nothing to show. */
  readonly program?: Program;
  /** Why the two sides differ, or why one is missing. */
  readonly reason?: string;
  /** What each side records, where they differ or one is missing. */
  readonly expected?: Expected;
}

/** The records of an item that is not the same on both sides. */
export interface Expected {
  readonly cpython: readonly Record[];
  /** Absent where JavaScript has nothing to show. */
  readonly wasyncio?: readonly Record[];
}

export type Record = readonly [time: number, what: string, outcome: Json];

export function item(number: number, title: string, program: Program): Item {
  return { number, title, program };
}

/** An item in which wasyncio does better than CPython, and has to. */
export function difference(
  number: number,
  title: string,
  reason: string,
  expected: Required<Expected>,
  program: Program,
): Item {
  return { number, title, program, reason, expected };
}

/** An item about something that JavaScript does not have. */
export function absent(number: number, title: string, reason: string, expected: Expected): Item {
  return { number, title, reason, expected };
}

export async function runItem(program: Program): Promise<readonly Record[]> {
  const run = new ItemRun();
  if (iscoroutinefunction(program)) runToEnd(run, program as (run: ItemRun) => Coroutine<unknown>);
  else await program(run);
  if (!run.loop.isClosed()) run.loop.close();
  return run.records;
}

function runToEnd(run: ItemRun, program: (run: ItemRun) => Coroutine<unknown>): void {
  try {
    new Context().run(() => run.loop.runSync(program(run)));
  } catch (error) {
    if (error instanceof DeadlockError) run.record("deadlock");
    else run.record("ended", raised(error));
  }
}

/** One run of one item: its loop, and what it has recorded so far. */
export class ItemRun {
  readonly clock = new ItemClock();
  readonly loop: EventLoop = newEventLoop({ clock: this.clock });
  readonly records: Record[] = [];

  /** Notes that something happened, now. */
  record(what: string, outcome: unknown = null): void {
    this.records.push([this.loop.time(), what, describe(outcome)]);
  }

  /** Calls the function and records what it gives back or throws. */
  attempt(what: string, body: () => unknown): void {
    let outcome: unknown;
    try {
      outcome = body();
    } catch (error) {
      outcome = raised(error);
    }
    this.record(what, outcome);
  }

  /** Waits for the awaitable and records what it gives back or throws. */
  *attemptAwait(what: string, awaitable: Iterable<unknown>): Coroutine<void> {
    let outcome: unknown;
    try {
      outcome = yield* awaitable as Coroutine<unknown>;
    } catch (error) {
      outcome = raised(error);
    }
    this.record(what, outcome);
  }

  /** Records which type of error the attempt ends in. The words are each side's own. */
  *refused(what: string, attempt: () => unknown): Coroutine<void> {
    try {
      const outcome = attempt();
      if (iscoroutine(outcome) || isfuture(outcome)) yield* outcome;
      this.record(what, "is taken");
    } catch (error) {
      this.record(what, `raises ${asyncioError(error).error}`);
    }
  }

  /** As `attemptAwait`, for a native promise, as the loop's own runs are. */
  async attemptPromise(what: string, promise: PromiseLike<unknown>): Promise<void> {
    let outcome: unknown;
    try {
      outcome = await promise;
    } catch (error) {
      outcome = raised(error);
    }
    this.record(what, outcome);
  }

  /** Records what reaches the loop's exception handler from now on. */
  recordUnhandled(): void {
    this.loop.setExceptionHandler((_loop, context) => this.record("unhandled", describeContext(context)));
  }

  /** Records the next iterations of the loop as they begin, to show what falls into which. */
  countIterations(count: number): void {
    const tick = (number: number): void => {
      this.record(`iteration ${number}`);
      if (number < count) this.loop.callSoon(tick, number + 1);
    };
    this.loop.callSoon(tick, 1);
  }
}

/** A virtual clock that a callback can push on, as a slow callback does, and that hears what the host is to write. */
class ItemClock extends VirtualClock {
  onWritten: (text: string) => void = () => {};
  #pushedMs = 0;

  push(ms: number): void {
    this.#pushedMs += ms;
  }

  override attach(host: Host): Host {
    const clock = super.attach(host);
    return Object.create(clock, {
      now: { value: () => clock.now() + this.#pushedMs },
      skipTo: { value: (deadlineMs: number) => clock.skipTo?.(deadlineMs - this.#pushedMs) },
      writeError: { value: (text: string) => this.onWritten(text) },
    }) as Host;
  }
}

/** An error in one line. */
export function raised(error: unknown): string {
  const { error: type, message } = asyncioError(error);
  return message === "" ? `raises ${type}` : `raises ${type}: ${message}`;
}

/** What Python has a ValueError for. For other bad arguments it has a TypeError. */
const VALUE_ERRORS = ["ERR_ARGUMENT_VALUE", "ERR_DELAY", "ERR_LINE_TOO_LONG"];

/** The type of the error as asyncio has it, and of its message what asyncio says too: advice follows a semicolon. */
function asyncioError(error: unknown): { error: string; message: string } {
  const { error: type, message } = describeError(error) as { error: string; message: string };
  const said = message.split("; ")[0] ?? "";
  if (type === "LoopError") return { error: "RuntimeError", message: said };
  if (type !== "ArgumentError") return { error: type, message: said };
  const { code } = error as { readonly code: string };
  return { error: VALUE_ERRORS.includes(code) ? "ValueError" : "TypeError", message: said };
}

/** Lets the garbage collector take what nothing refers to, and the host report it. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    (globalThis as { gc?: () => void }).gc?.();
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}
