/**
 * Owns what is called by an executor: references to the functions of modules, functions as source text, and what of their arguments
 * is transferred.
 */
import { checkString, wrongArgument } from "../core/checks.ts";
import type { FunctionReference, Submittable } from "../core/executor.ts";
import { ExecutorError } from "./errors.ts";
import type { CalleeText } from "./messages.ts";

class Reference implements FunctionReference<unknown[], unknown> {
  readonly name: string;
  readonly url: string | undefined;

  constructor(name: string, url: string | undefined) {
    this.name = name;
    this.url = url;
  }
}

/** References to all functions that a module exports, by their names. */
export type ReferencesTo<M> = {
  readonly [K in keyof M as M[K] extends (...args: never) => unknown ? K : never]: M[K] extends (
    ...args: infer A extends unknown[]
  ) => infer R
    ? FunctionReference<A, R>
    : never;
};

/**
 * References to the functions that a module exports. A worker imports the module when one of them is first called there.
 *
 * @param url - where the module is: an absolute URL, as text or not.
 * @returns an object that has a reference for each name; the types are those of `typeof import(...)`.
 * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE for what is no absolute URL.
 *
 * @example
 * ```ts
 * const tasks = fromModule<typeof import("./tasks.js")>(new URL("./tasks.js", import.meta.url));
 * const digest = yield* loop.runInExecutor(executor, tasks.hash, bytes);
 * ```
 */
export function fromModule<M extends object>(url: URL | string): ReferencesTo<M> {
  const text = url instanceof URL ? url.href : checkString("fromModule", "the URL of a module", url);
  if (!URL.canParse(text)) {
    throw wrongArgument(
      "fromModule",
      'an absolute URL, as new URL("./tasks.js", import.meta.url)',
      url,
      "ERR_ARGUMENT_VALUE",
    );
  }
  return referencesBy(text);
}

/**
 * References to the functions that the executor's workers expose themselves, by `expose` of `wasyncio/executors/worker`. For workers
 * that a bundler has made.
 *
 * @example
 * ```ts
 * const tasks = fromWorker<typeof import("./tasks.ts")>();
 * const executor = new ThreadPoolExecutor({ worker: () => new Worker(new URL("./tasks.worker.ts", import.meta.url), { type: "module" }) });
 * yield* executor.submit(tasks.hash, bytes);
 * ```
 */
export function fromWorker<M extends object>(): ReferencesTo<M> {
  return referencesBy(undefined);
}

function referencesBy<M>(url: string | undefined): ReferencesTo<M> {
  const known = new Map<string, Reference>();
  return new Proxy({} as ReferencesTo<M> & object, {
    get(_target, name) {
      // An object with a `then` would be taken for a promise.
      if (typeof name === "symbol" || name === "then") return undefined;
      const made = known.get(name) ?? new Reference(name, url);
      known.set(name, made);
      return made;
    },
  });
}

/** Every function and reference has a number, by which workers know it once they have been told. */
const numbers = new WeakMap<object, number>();
let lastNumber = 0;

/** The number of what is called, which is a function or a reference. */
export function numberOf(callee: object): number {
  const known = numbers.get(callee);
  if (known !== undefined) return known;
  numbers.set(callee, ++lastNumber);
  return lastNumber;
}

/**
 * What is called, as it is told to a worker.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED for what is neither a function nor a reference; ExecutorError ERR_FUNCTION_SOURCE.
 */
export function textOf(caller: string, callee: Submittable<never[], unknown>): CalleeText {
  if (callee instanceof Reference) return { name: callee.name, url: callee.url };
  if (typeof callee !== "function") {
    throw wrongArgument(
      caller,
      "a function, or a reference by fromModule() or fromWorker()",
      callee,
      "ERR_CALLBACK_EXPECTED",
    );
  }
  // The language's own, whatever the function has for one. Named by another way, for edge builds look for this class.
  const source = (() => {}).toString.call(callee);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) {
    throw new ExecutorError(
      "ERR_FUNCTION_SOURCE",
      `${caller} sends a function as its source, and '${callee.name}' has none, since it is bound or built in; ` +
        "write a function around it, or export one from a module and call it by fromModule()",
    );
  }
  return { name: callee.name || "anonymous", source };
}

const transfers = new WeakMap<object, readonly object[]>();

/**
 * Has parts of an argument moved to the worker rather than copied. Between processes all is copied.
 *
 * @param value - what is given to a call as an argument.
 * @param transferables - what is moved with it: ArrayBuffers, MessagePorts and the like, which are of no use here afterwards.
 * @returns the value.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for a value that is no object and for what is no list of objects.
 *
 * @example
 * ```ts
 * yield* executor.submit(blur, transfer(pixels, [pixels.buffer]));
 * ```
 */
export function transfer<T extends object>(value: T, transferables: readonly object[]): T {
  if (typeof value !== "object" || value === null) throw wrongArgument("transfer", "an object", value);
  const isObject = (each: unknown) => typeof each === "object" && each !== null;
  if (!Array.isArray(transferables) || !transferables.every(isObject))
    throw wrongArgument("transfer", "a list of objects to move", transferables);
  transfers.set(value, transferables);
  return value;
}

/** What is transferred with arguments. It is asked for once. */
export function transfersOf(args: readonly unknown[]): object[] {
  const all: object[] = [];
  for (const value of args) {
    if (typeof value !== "object" || value === null) continue;
    const list = transfers.get(value);
    if (list === undefined) continue;
    transfers.delete(value);
    all.push(...list);
  }
  return all;
}
