// The programs of the fuzzer: concurrent programs as JSON, which any interpreter can run.
//
// Owns the format. Must not know who writes programs (generate.ts), who runs them (interpreter.py on asyncio,
// interpreter.ts on wasyncio) or who makes them smaller (shrink.ts).
//
// Everything is named, and names are never checked: an op that refers to what does not exist (yet, or any
// more, since the shrinker has removed it) is traced as "missing" and passed over. So every program is a
// valid program, and so is every part of one.

import type { Json } from "../oracle/oracle.ts";

export interface Program {
  /** The seed it was generated from, for the reader of a report. */
  readonly seed: number;
  /** What exists before the first op and is shared by all. */
  readonly objects: readonly SharedObject[];
  /** Runs as the task "main". */
  readonly main: Body;
}

export type SharedObject =
  | { readonly kind: "future" | "lock" | "event" | "condition"; readonly name: string }
  | { readonly kind: "semaphore" | "boundedSemaphore"; readonly name: string; readonly value: number }
  | { readonly kind: "barrier"; readonly name: string; readonly parties: number }
  | {
      readonly kind: "queue" | "priorityQueue" | "lifoQueue";
      readonly name: string;
      readonly maxsize: number;
    };

/** What a coroutine does, one op after the other. */
export type Body = readonly Op[];

/** What a callback does: it has no way to wait. */
export type CallbackBody = readonly SyncOp[];

/** Boom and Crash are the program's own errors; the others are those that asyncio treats in a way of its own. */
export type ErrorName = "Boom" | "Crash" | "CancelledError" | "TimeoutError";

/** What an except clause names; the first two are classes, as in Python an Exception is no CancelledError. */
export type CatchName = "BaseException" | "Exception" | "CancelledError" | "TimeoutError" | "Boom";

export const VARIABLES = ["v0", "v1"] as const;
export type VariableName = (typeof VARIABLES)[number];

/** Something to wait for: an object by its name, or a coroutine handed over as such. */
export type Operand = Reference | Inline;

export interface Reference {
  readonly ref: string;
}

/** The name is that of the task which it becomes, where it becomes one. */
export interface Inline {
  readonly name: string;
  readonly body: Body;
}

export type Op = SyncOp | AsyncOp;

/** The operations that return at once, allowed in coroutines and in callbacks. */
export type SyncOp = Readonly<
  // Tasks and futures.
  | { op: "spawn"; name: string; body: Body; context?: string; eager?: true }
  | { op: "groupSpawn"; ref: string; name: string; body: Body }
  | { op: "cancel"; ref: string; message?: string }
  | { op: "uncancel"; ref: string }
  | { op: "look"; ref: string }
  | { op: "result"; ref: string }
  | { op: "exception"; ref: string }
  | { op: "setResult"; ref: string; value: number }
  | { op: "setException"; ref: string; error: ErrorName; message: string }
  | { op: "addCallback"; ref: string; name: string; body: CallbackBody; context?: string }
  | { op: "removeCallback"; ref: string; name: string }
  | { op: "raise"; error: ErrorName; message: string }
  // The loop.
  | { op: "callSoon"; name: string; body: CallbackBody; context?: string }
  | { op: "callLater"; name: string; ms: number; body: CallbackBody; context?: string }
  | { op: "callAt"; name: string; ms: number; body: CallbackBody }
  // Timeouts: null stands for no deadline.
  | { op: "reschedule"; ref: string; ms: number | null }
  // Synchronisation.
  | { op: "release"; ref: string }
  | { op: "set"; ref: string }
  | { op: "clear"; ref: string }
  | { op: "notify"; ref: string; count: number }
  | { op: "notifyAll"; ref: string }
  | { op: "bump"; ref: string }
  | { op: "putNowait"; ref: string; value: number }
  | { op: "getNowait"; ref: string }
  | { op: "taskDone"; ref: string }
  | { op: "shutdown"; ref: string; immediate: boolean }
  // Context variables.
  | { op: "setVar"; var: VariableName; value: number }
  | { op: "getVar"; var: VariableName }
  | { op: "saveContext"; name: string }
  | { op: "inContext"; ref: string; body: CallbackBody }
>;

/** The operations that may wait, or that contain some that may. */
export type AsyncOp = Readonly<
  // Control flow. `return` ends the body of the coroutine; within a `finally` it ends only that block.
  | { op: "call"; body: Body }
  | { op: "return"; value: number }
  | { op: "repeat"; times: number; body: Body }
  | { op: "try"; body: Body; catch?: Catch; finally?: Body }
  // Waiting.
  | { op: "sleep"; ms: number }
  | { op: "await"; ref: string }
  | { op: "gather"; as?: string; of: readonly Operand[]; returnExceptions: boolean }
  | { op: "wait"; of: readonly Operand[]; until: WaitMode; timeout?: number }
  | { op: "asCompleted"; of: readonly Operand[]; timeout?: number }
  | { op: "waitFor"; of: Operand; timeout: number | null }
  | { op: "shield"; as?: string; of: Operand }
  | { op: "timeout"; name: string; ms: number | null; body: Body }
  | { op: "timeoutAt"; name: string; ms: number; body: Body }
  | { op: "group"; name: string; body: Body }
  // Synchronisation. `waitOn` is the wait of an event, a condition or a barrier; `waitUntil` is a condition's
  // wait_for, whose predicate is that the condition has been bumped so many times.
  | { op: "acquire"; ref: string }
  | { op: "with"; ref: string; body: Body }
  | { op: "waitOn"; ref: string }
  | { op: "waitUntil"; ref: string; atLeast: number }
  | { op: "reset"; ref: string }
  | { op: "abort"; ref: string }
  | { op: "put"; ref: string; value: number }
  | { op: "get"; ref: string }
  | { op: "join"; ref: string }
>;

export type WaitMode = "FIRST_COMPLETED" | "FIRST_EXCEPTION" | "ALL_COMPLETED";

export interface Catch {
  readonly what: CatchName;
  readonly body: Body;
  /** Whether the error goes on afterwards, as by a bare `raise`. */
  readonly rethrow: boolean;
}

/** The op of one kind. */
export type OpOf<Kind extends Op["op"]> = Extract<Op, { readonly op: Kind }>;

/**
 * One thing that happened: at this virtual time, in this task or callback, this op ended in this way. "start" and
 * "end" are those of a coroutine or callback; the outcome of a start is the value of v0, and so shows the context.
 */
export type Entry = readonly [time: number, who: string, what: string, outcome: Json];

/** What one run of a program left behind. */
export interface Run {
  readonly trace: readonly Entry[];
  /** "finished", "deadlock", or "runaway" when it had to be stopped. */
  readonly ended: string;
  readonly time: number;
  /** Every task and future that got a name, and the state it was left in, sorted by name. */
  readonly states: readonly (readonly [name: string, state: Json])[];
}
