/**
 * Owns context variables: values that follow the flow of tasks and callbacks instead of being passed along.
 * Implemented here, so that they are the same on hosts without AsyncLocalStorage. Knows nothing of loops and tasks: those enter
 * and leave contexts through `enterContext`.
 */
import { checkFunction, checkInstance, checkString, readOptions } from "./checks.ts";
import { LoopError } from "./errors.ts";

/** What a context holds. Never changed in place, so that a snapshot costs nothing. */
type ContextValues = ReadonlyMap<ContextVar<unknown>, unknown>;

/** No values. */
const NOTHING: ContextValues = new Map();

/**
 * A set of values of context variables. asyncio: `contextvars.Context`.
 */
export class Context {
  /** @internal */
  values: ContextValues;
  /** While `run` is in progress: the context it was called in. */
  private enteredFrom: Context | undefined = undefined;

  /** @internal */
  constructor(values: ContextValues = NOTHING) {
    this.values = values;
  }

  /**
   * Runs `body` in this context: it sees this context's values, and what it sets stays here.
   * @param args - what `body` is called with.
   * @returns what `body` returns.
   * @throws LoopError ERR_CONTEXT_ENTERED from within itself; ArgumentError ERR_CALLBACK_EXPECTED.
   */
  run<A extends unknown[], R>(body: (...args: A) => R, ...args: A): R {
    checkFunction("Context.run", body);
    const caller = currentContext();
    for (let at: Context | undefined = caller; at !== undefined; at = at.enteredFrom) {
      if (at !== this) continue;
      throw new LoopError(
        "ERR_CONTEXT_ENTERED",
        "this context has already been entered; run in a copy() of it",
      );
    }
    const outer = enterContext(this);
    this.enteredFrom = caller;
    try {
      return body(...args);
    } finally {
      this.enteredFrom = undefined;
      enterContext(outer);
    }
  }

  /** @internal */
  getContext(): this {
    return this;
  }

  /** Whether no variable has a value here. @internal */
  isEmpty(): boolean {
    return this.values === NOTHING;
  }

  /** A separate context with the same values. */
  copy(): Context {
    return new Context(this.values);
  }

  /** The value of a variable here, or undefined. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a variable. */
  get<T>(variable: ContextVar<T>): T | undefined {
    checkVariable("Context.get", variable);
    return this.values.get(variable as ContextVar<unknown>) as T | undefined;
  }

  /** Whether the variable has a value here. @throws ArgumentError ERR_ARGUMENT_TYPE if it is not a variable. */
  has(variable: ContextVar<unknown>): boolean {
    checkVariable("Context.has", variable);
    return this.values.has(variable);
  }
}

function checkVariable(caller: string, variable: unknown): void {
  checkInstance(caller, "a ContextVar", variable, ContextVar);
}

/** The context of code that was not called from any other. */
const root = new Context();

/** A context, or what runs in one, which need not look for it before it is asked. @internal */
export interface InContext {
  getContext(): Context;
}

/** What code on the stack has entered: a step, a callback, `Context.run`. */
let entered: InContext | undefined;
/** Knows which task's microtask this is. */
let contextOfMicrotask: (() => Context | undefined) | undefined;

/** The context code runs in at this moment. @internal */
export function currentContext(): Context {
  return entered?.getContext() ?? contextOfMicrotask?.() ?? root;
}

/** Enters a context until the code on the stack leaves it; undefined: no context. Returns the previous one. @internal */
export function enterContext(inContext: InContext | undefined): InContext | undefined {
  const outer = entered;
  entered = inContext;
  return outer;
}

/** @internal */
export function provideContextOfMicrotask(source: () => Context | undefined): void {
  contextOfMicrotask = source;
}

/**
 * A copy of the current context. asyncio: `contextvars.copy_context()`.
 */
export function copyContext(): Context {
  return currentContext().copy();
}

/** The same, or undefined where there is nothing to copy. @internal */
export function copyContextUnlessEmpty(): Context | undefined {
  const context = currentContext();
  return context.isEmpty() ? undefined : context.copy();
}

/** What `ContextVar.set` returns: the way back. */
export class Token<T> {
  readonly variable: ContextVar<T>;
  /** @internal */
  readonly context: Context;
  /** @internal */
  readonly hadValue: boolean;
  /** @internal */
  readonly oldValue: T | undefined;
  /** @internal */
  used = false;

  /** @internal */
  constructor(variable: ContextVar<T>, context: Context) {
    this.variable = variable;
    this.context = context;
    this.hadValue = context.has(variable as ContextVar<unknown>);
    this.oldValue = context.get(variable);
  }
}

/**
 * A variable with a value for each context. asyncio: `contextvars.ContextVar`.
 *
 * @example
 * ```ts
 * const user = new ContextVar<string>("user", { default: "nobody" });
 * user.set("Ada"); // seen by the tasks and callbacks that start from here
 * ```
 */
export class ContextVar<T> {
  readonly name: string;
  readonly #default: { readonly default?: T };

  /**
   * @param name - its name in messages.
   * @param options.default - the value if none is set.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  constructor(name: string, options?: { readonly default: T }) {
    this.name = checkString("ContextVar", "a name", name);
    this.#default = readOptions("ContextVar", options, ["default"]);
  }

  /**
   * The value in the current context, else `fallback`, else the variable's default.
   * @throws LoopError ERR_ARGUMENT_VALUE when there is none of these.
   */
  get(...fallback: [] | [T]): T {
    const self = this as ContextVar<unknown>;
    const { values } = currentContext();
    if (values.has(self)) return values.get(self) as T;
    if (fallback.length === 1) return fallback[0];
    if ("default" in this.#default) return this.#default.default as T;
    throw new LoopError(
      "ERR_ARGUMENT_VALUE",
      `the context variable '${this.name}' is not set here; set it, or give it a default`,
    );
  }

  /** Sets the value in the current context. @returns a token that `reset` takes. */
  set(value: T): Token<T> {
    const context = currentContext();
    const token = new Token(this, context);
    const values = new Map(context.values);
    values.set(this as ContextVar<unknown>, value);
    context.values = values;
    return token;
  }

  /**
   * Restores the value from before the `set` that returned the token.
   * @throws LoopError ERR_ARGUMENT_VALUE when the token has been used, or belongs to another variable or context;
   * ArgumentError ERR_ARGUMENT_TYPE if it is not a token.
   */
  reset(token: Token<T>): void {
    checkInstance("ContextVar.reset", "a token returned by set()", token, Token);
    const context = currentContext();
    if (token.used || token.variable !== this || token.context !== context) {
      throw new LoopError(
        "ERR_ARGUMENT_VALUE",
        `this token of the context variable '${token.variable.name}' has already been used, or belongs to another variable or context`,
      );
    }
    token.used = true;
    const values = new Map(context.values);
    if (token.hadValue) values.set(this as ContextVar<unknown>, token.oldValue);
    else values.delete(this as ContextVar<unknown>);
    context.values = values;
  }
}

/**
 * Whatever `bind` is given, to be run later as if from here. The context is copied at this moment.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED.
 */
export function bind<A extends unknown[], R>(body: (...args: A) => R): (...args: A) => R {
  checkFunction("bind", body);
  const context = copyContext();
  return (...args) => context.run(body, ...args);
}
