/**
 * Owns what a worker does: it runs the calls that come by its port, one after the other, and answers each. Loaded in workers, so
 * that it has to stay small; knows no host, and nothing of loops.
 */
import { evaluate, transfersHere } from "../../host/worker-realm.ts";
import type { WorkerPort } from "../../host/workers.ts";
import {
  type CalleeText,
  type CallMessage,
  type FromWorker,
  PROGRESS_WINDOW,
  sendError,
  type ToWorker,
} from "../messages.ts";

type Callable = (...args: readonly unknown[]) => unknown;
type Steps = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

/** A generator that is under way. */
interface Run {
  /** How many values it may still give before one has to be taken. */
  left: number;
  isToReturn: boolean;
  goOn: (() => void) | undefined;
}

/** Runs what comes by the port. @param exposed - what may be called by name alone. */
export function serve(port: WorkerPort, exposed: Readonly<Record<string, unknown>>): void {
  new CallServer(port, exposed);
}

class CallServer {
  readonly #port: WorkerPort;
  readonly #exposed: Readonly<Record<string, unknown>>;
  readonly #known = new Map<number, Callable | Promise<Callable>>();
  readonly #runs = new Map<number, Run>();
  /** The initializer, while it has not come back. */
  #ready: Promise<void> | undefined;

  constructor(port: WorkerPort, exposed: Readonly<Record<string, unknown>>) {
    this.#port = port;
    this.#exposed = exposed;
    port.beforeClosing(() => this.#send({ kind: "closing" }));
    port.listen((message) => this.#heard(message as ToWorker));
  }

  #heard(message: ToWorker): void {
    if (message.kind === "call") void this.#call(message);
    else if (message.kind === "initialize") this.#ready = this.#initialize(message.text, message.args);
    else this.#tellRun(message);
  }

  async #initialize(text: CalleeText, args: readonly unknown[]): Promise<void> {
    try {
      const initializer = await this.#find(text);
      await initializer(...args);
      this.#ready = undefined;
    } catch (error) {
      this.#send({ kind: "broken", error: sendError(error) });
    }
  }

  async #call({ id, callee, text, args, isChunk }: CallMessage): Promise<void> {
    try {
      if (this.#ready !== undefined) await this.#ready;
      if (text !== undefined) this.#known.set(callee, this.#found(text));
      let known = this.#known.get(callee) as Callable | Promise<Callable>;
      if (typeof known !== "function") {
        known = await known;
        this.#known.set(callee, known);
      }
      const value = isChunk ? await this.#each(known, args) : await this.#outcome(id, known(...args));
      this.#answer(id, value);
    } catch (error) {
      this.#fail(id, explained(error, this.#known.get(callee)));
    }
  }

  #fail(id: number, error: unknown): void {
    try {
      this.#send({ kind: "error", id, error: sendError(error) });
    } catch {
      // What was thrown is no error, and cannot be sent.
      this.#send({ kind: "error", id, error: { thrown: String(error) } });
    }
  }

  /** As `#find`; what is not found is not found by later calls, either. */
  #found(text: CalleeText): Callable | Promise<Callable> {
    try {
      return this.#find(text);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Answers a function, or a promise of one. */
  #find(text: CalleeText): Callable | Promise<Callable> {
    const { name } = text;
    if ("source" in text) return compile(text.source, name);
    if (text.url === undefined)
      return exportOf(this.#exposed, name, "the worker", "expose it there by expose()");
    return importFrom(text.url, name);
  }

  async #each(callee: Callable, calls: readonly unknown[]): Promise<unknown[]> {
    const values: unknown[] = [];
    for (const args of calls) {
      const made = callee(...(args as readonly unknown[]));
      values.push(await (isGenerator(made) ? lastOf(made) : made));
    }
    return values;
  }

  #outcome(id: number, made: unknown): unknown {
    return isGenerator(made) ? this.#run(id, made) : made;
  }

  /** Takes a generator's values to whoever listens, not faster than they are taken there. */
  async #run(id: number, steps: Steps): Promise<unknown> {
    const run: Run = { left: PROGRESS_WINDOW, isToReturn: false, goOn: undefined };
    this.#runs.set(id, run);
    try {
      for (;;) {
        const step = await steps.next();
        if (step.done === true) return await step.value;
        this.#send({ kind: "progress", id, value: step.value }, transferOf(step.value));
        if (--run.left === 0) {
          await new Promise<void>((resolve) => {
            run.goOn = resolve;
          });
        }
        if (run.isToReturn) return (await steps.return?.())?.value;
      }
    } catch (error) {
      await steps.return?.();
      throw error;
    } finally {
      this.#runs.delete(id);
    }
  }

  #tellRun(message: Extract<ToWorker, { kind: "taken" | "return" }>): void {
    const run = this.#runs.get(message.id);
    if (run === undefined) return;
    if (message.kind === "return") run.isToReturn = true;
    else run.left += message.count;
    run.goOn?.();
    run.goOn = undefined;
  }

  #answer(id: number, value: unknown): void {
    this.#send({ kind: "value", id, value }, transferOf(value));
  }

  #send(message: FromWorker, transfer: readonly object[] = []): void {
    try {
      this.#port.post(message, transfer);
    } catch (cause) {
      if (!("value" in message)) throw cause;
      throw Object.assign(
        new TypeError(
          `what was returned cannot be sent from a worker: ${String((cause as Error).message)}; ` +
            "return what can be cloned: no functions, and no objects of the host's but what structuredClone takes",
          { cause },
        ),
        { code: "ERR_NOT_CLONEABLE" },
      );
    }
  }
}

/** What is to be transferred with a value rather than copied. It is asked for once. */
function transferOf(value: unknown): readonly object[] {
  if (typeof value !== "object" || value === null) return [];
  const transfers = transfersHere();
  const list = transfers.get(value) ?? [];
  transfers.delete(value);
  return list;
}

/** The function of a source text; a method of an object literal is one only within such. */
function compile(source: string, name: string): Callable {
  let failure: unknown;
  for (const [text, get] of [
    [`"use strict";(${source}\n)`, (made: unknown) => made],
    [`"use strict";({${source}\n})`, (made: unknown) => Object.values(made as object)[0] as unknown],
  ] as const) {
    try {
      const made = get(evaluate(text));
      if (typeof made === "function") {
        sentAsSource.add(made);
        return made as Callable;
      }
    } catch (error) {
      failure ??= error;
    }
  }
  throw Object.assign(
    new (failure instanceof EvalError ? EvalError : SyntaxError)(
      `the function '${name}' was sent as source and cannot be had of it here: ` +
        `${String((failure as Error | undefined)?.message)}; ${REMEDY}`,
      { cause: failure },
    ),
    { code: "ERR_FUNCTION_SOURCE" },
  );
}

const REMEDY =
  'export it from a module and call it by reference: fromModule(new URL("./tasks.js", import.meta.url)).name';
const sentAsSource = new WeakSet<object>();

/** What a function that was sent as source does not find is most often what stood beside it in its module. */
function explained(error: unknown, callee: unknown): unknown {
  if (!(error instanceof ReferenceError) || typeof callee !== "function" || !sentAsSource.has(callee))
    return error;
  const { message, stack } = error;
  error.message =
    `${message}. The function '${callee.name}' was sent to its worker as source and sees nothing that stands around it: ` +
    `give it what it needs as an argument, or ${REMEDY}`;
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
  return Object.assign(error, { code: "ERR_FREE_VARIABLE" });
}

async function importFrom(url: string, name: string): Promise<Callable> {
  return exportOf(await load(url), name, `the module ${url}`, "check its name");
}

async function load(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ url);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(new Error(`the module ${url} could not be loaded, as ${why}`, { cause }), {
      code: "ERR_MODULE_UNAVAILABLE",
    });
  }
}

function exportOf(
  from: Readonly<Record<string, unknown>>,
  name: string,
  where: string,
  remedy: string,
): Callable {
  const found = name in from ? from[name] : undefined;
  if (typeof found === "function") return found as Callable;
  const what = found === undefined ? "nothing" : "no function";
  throw Object.assign(new TypeError(`${where} exports ${what} called '${name}'; ${remedy}`), {
    code: "ERR_EXPORT_UNAVAILABLE",
  });
}

function isGenerator(made: unknown): made is Steps & { throw: unknown } {
  const { next, throw: thrown } = (made ?? {}) as { next?: unknown; throw?: unknown };
  return typeof made === "object" && typeof next === "function" && typeof thrown === "function";
}

async function lastOf(steps: Steps): Promise<unknown> {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}
