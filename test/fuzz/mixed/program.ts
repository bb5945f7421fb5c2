// The second kind of random program: async functions and generators that start, nest and cancel one another in ways
// that asyncio has no counterpart for. Properties judge them (ledger.ts), not CPython.
//
// Owns the format. Must not know who writes programs (generate.ts), runs them (interpreter.ts) or judges them.
//
// As in the other kind, every part of a program is a program: what refers to something that does not exist (any more)
// is passed over. And no program can wait for ever by its own fault: whoever holds a lock asks only for locks of higher
// numbers, a body waits only for what was started before it, and events and foreign promises are settled in the end.

export interface MixedProgram {
  /** The seed it was generated from, for the reader of a report. */
  readonly seed: number;
  /** How main runs. */
  readonly style: Style;
  /** Runs as the task "main". */
  readonly main: Body;
  /** Cancellations that come wherever the program happens to be. */
  readonly objects: readonly CancelPoint[];
}

export type Style = "async" | "generator";

/** The task that was made as the `task`-th is cancelled when the `event`-th thing happens. */
export interface CancelPoint {
  readonly event: number;
  readonly task: number;
}

export type Body = readonly MixedOp[];

/** How something of a combinator is started. `sleep` is no body but an operation, awaited as it is. */
export type Operand =
  | { readonly how: "call" | "task" | "function"; readonly style: Style; readonly body: Body }
  | { readonly how: "sleep"; readonly ms: number };

/** What runs in a scope. `plain`: a plain function that gives the promise, or the coroutine, of the body. */
export interface ScopeBody {
  readonly style: Style;
  readonly plain?: boolean;
  readonly body: Body;
}

interface WaitFor {
  readonly op: "waitFor";
  readonly ms: number;
  /** A call gives a promise or a coroutine; of a function a task is made. */
  readonly how: "call" | "function";
  readonly style: Style;
  readonly body: Body;
}

export type MixedOp =
  | { readonly op: "sleep"; readonly ms: number }
  /** Calls `then` by hand, and waits for what it answers: perhaps what an async function gives. */
  | { readonly op: "then"; readonly ms: number; readonly body?: Body }
  /** Reads `then` and does not call it. */
  | { readonly op: "peek" }
  /** Waits for nothing but async functions that wait for nothing. */
  | { readonly op: "native"; readonly times: number }
  /** Waits for a promise that is none of ours: the host settles it, or whoever comes to `resolve`. */
  | { readonly op: "foreign"; readonly turns: number }
  | { readonly op: "foreignTimer"; readonly ms: number }
  | { readonly op: "promised"; readonly ref: number }
  | { readonly op: "resolve"; readonly ref: number }
  | { readonly op: "waitEvent" | "setEvent"; readonly ref: number }
  // Bodies
  | { readonly op: "call"; readonly style: Style; readonly body: Body }
  | { readonly op: "float"; readonly as: string; readonly listener: boolean; readonly body: Body }
  | {
      readonly op: "spawn";
      readonly as: string;
      readonly style: Style;
      readonly eager: boolean;
      readonly body: Body;
    }
  | { readonly op: "spawnInto"; readonly ref: string; readonly style: Style; readonly body: Body }
  | { readonly op: "callSoon"; readonly ms: number; readonly body: Body }
  /** An async function as a task's done callback. */
  | { readonly op: "whenDone"; readonly ref: string; readonly body: Body }
  | { readonly op: "outside"; readonly body: Body }
  /** The handler of a server whose client waits for its end. */
  | { readonly op: "serve"; readonly style: Style; readonly body: Body }
  | { readonly op: "join"; readonly ref: string }
  // Combinators
  | { readonly op: "all" | "race" | "any" | "allSettled"; readonly of: readonly Operand[] }
  | { readonly op: "gather" | "asCompleted"; readonly of: readonly Operand[] }
  | {
      readonly op: "shield";
      readonly how: "task" | "function";
      readonly style: Style;
      readonly body: Body;
    }
  | WaitFor
  | { readonly op: "adopt"; readonly body: Body }
  // Scopes
  | ({ readonly op: "timeout"; readonly ms: number } & ScopeBody)
  | ({ readonly op: "group"; readonly name: string } & ScopeBody)
  | { readonly op: "cancelGroup"; readonly ref: string }
  | ({ readonly op: "with"; readonly ref: number } & ScopeBody)
  // Control flow
  | {
      readonly op: "each";
      readonly items: number;
      readonly takes: number;
      readonly body: Body;
      readonly inner: Body;
    }
  | { readonly op: "try"; readonly body: Body; readonly catch?: Body; readonly finally?: Body }
  | { readonly op: "throw" }
  | { readonly op: "return" }
  | { readonly op: "cancel"; readonly ref: string }
  | { readonly op: "cancelSelf" }
  /** Has a listener of the task's signal act while a request is on its way. */
  | { readonly op: "onAbort"; readonly act: Act }
  | { readonly op: "interrupt" };

/** What is done at once, and waits for nothing. */
export type Act = OpOf<"cancel" | "cancelSelf" | "cancelGroup" | "setEvent" | "resolve">;

/** The op of that name, one of a row that have the same fields. */
export type OpOf<Kind extends MixedOp["op"], Op = MixedOp> = Op extends { readonly op: infer Names }
  ? Kind extends Names
    ? Op
    : never
  : never;

/** So many locks, events and foreign promises every program has. */
export const LOCKS = 3;
export const EVENTS = 2;
export const PROMISES = 3;
