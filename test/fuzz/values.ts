// How a program's values, errors and objects come into being and how they are told in a trace.
//
// The twin of values.py (and, for errors, of the end of oracle.py). Must not know operations nor how bodies
// are run.

import {
  Barrier,
  BoundedSemaphore,
  CancelledError,
  Condition,
  ContextVar,
  Event,
  type EventLoop,
  ExceptionGroup,
  Future,
  Handle,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  Task,
  Timeout,
  TimeoutError,
} from "wasyncio";
import type { Json } from "../oracle/oracle.ts";
import type { CatchName, ErrorName, SharedObject } from "./program.ts";
import { asyncioWording } from "./wording.ts";

export class Boom extends Error {
  override readonly name = "Boom";
}

export class Crash extends Error {
  override readonly name = "Crash";
}

/** What an op gives back to end its coroutine. */
export class Return {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const ERRORS = { Boom, Crash, CancelledError, TimeoutError };

export const VARIABLES = {
  v0: new ContextVar<number>("v0", { default: 0 }),
  v1: new ContextVar<number>("v1", { default: 0 }),
};

export function makeError(name: ErrorName, message: string): Error {
  return new ERRORS[name](message);
}

/** Whether `except name` catches the error. In Python a CancelledError is no Exception. */
export function isCaughtAs(name: CatchName, error: unknown): boolean {
  if (name === "BaseException") return true;
  if (name === "Exception") return !(error instanceof CancelledError);
  return error instanceof ERRORS[name];
}

export function makeObject(loop: EventLoop, object: SharedObject): object {
  switch (object.kind) {
    case "future":
      return loop.createFuture();
    case "lock":
      return new Lock();
    case "event":
      return new Event();
    case "condition":
      return new Condition();
    case "semaphore":
      return new Semaphore(object.value);
    case "boundedSemaphore":
      return new BoundedSemaphore(object.value);
    case "barrier":
      return new Barrier(object.parties);
    case "queue":
      return new Queue(object.maxsize);
    case "priorityQueue":
      return new PriorityQueue(object.maxsize);
    case "lifoQueue":
      return new LifoQueue(object.maxsize);
  }
}

export function describe(value: unknown): Json {
  if (value === undefined || value === null) return null;
  if (value instanceof Return) return { return: value.value };
  if (value instanceof Error) return describeError(value);
  if (Array.isArray(value)) return value.map(describe);
  return value as Json;
}

export function describeError(error: unknown): Json {
  if (error instanceof ExceptionGroup) {
    return { error: error.name, message: error.message, errors: error.errors.map(describeError) };
  }
  return { ...asyncioWording(error) };
}

/** What an exception handler is told, reduced as the oracle reduces it. */
export function describeContext(context: { readonly message: string; readonly exception?: unknown }): Json {
  const words = ["Exception in callback", "exception in shielded future"];
  return {
    message: words.find((known) => context.message.includes(known)) ?? context.message,
    ...(context.exception === undefined ? {} : { exception: describeError(context.exception) }),
  };
}

export function outcomeOf(future: Future<unknown>): Json {
  if (!future.done()) return "pending";
  try {
    return describe(future.result());
  } catch (error) {
    return describeError(error);
  }
}

/** The public state of a thing, whatever it is. */
export function lookAt(thing: unknown): Json {
  if (thing instanceof Task) {
    return { done: thing.done(), cancelled: thing.cancelled(), cancelling: thing.cancelling() };
  }
  if (thing instanceof Future) return { done: thing.done(), cancelled: thing.cancelled() };
  if (thing instanceof Handle) return { cancelled: thing.cancelled() };
  if (thing instanceof Timeout) return { when: thing.when(), expired: thing.expired() };
  if (thing instanceof Event) return { set: thing.isSet() };
  if (thing instanceof Barrier) {
    return { parties: thing.parties, waiting: thing.nWaiting, broken: thing.broken };
  }
  if (thing instanceof Queue) return { size: thing.qsize(), empty: thing.empty(), full: thing.full() };
  if (thing instanceof Lock || thing instanceof Condition || thing instanceof Semaphore) {
    return { locked: thing.locked() };
  }
  return null;
}
