/**
 * Owns what must outlive the response: the work that a request waits for, and the context that the handler gets, through which
 * work is passed on. Knows nothing of how a request is run (serve.ts).
 */
import type { Startable } from "../core/coroutine.ts";
import { ensureFutureFor } from "../core/ensure.ts";
import type { Future } from "../core/future.ts";
import type { EventLoop } from "../core/loop.ts";
import { runningLoopOrUndefined } from "../core/running.ts";
import { EdgeError } from "./errors.ts";

/** What the handler gets in place of the host's context. Everything else that the host's has is available as it is. */
export interface EdgeContext {
  /** The module's `waitUntil`, for this request. */
  waitUntil<T>(work: Startable<T>): Future<T>;
  /** As on Cloudflare: if the handler fails, the error is passed to the runtime, which may ask the origin instead. */
  passThroughOnException(): void;
}

const keepers = new WeakMap<EventLoop, Keeper>();

/**
 * Keeps this request's loop running until the work has ended, even if the response was sent long ago: for logging, for
 * filling a cache, for a task that feeds the response's body. Without it, whatever is left when the handler returns is
 * cancelled. Not part of asyncio.
 *
 * @param work - a task, a future or a promise; or a coroutine or a function, which is started as a task.
 * @returns a future of its result; the task itself, if it is one. If it fails, the loop's exception handler is called.
 * @throws EdgeError ERR_NO_REQUEST outside a request that `serve` handles, ERR_REQUEST_OVER when it has ended;
 * ArgumentError ERR_COROUTINE_EXPECTED.
 *
 * @example
 * ```ts
 * const handler = serve(function* (request) {
 *   waitUntil(writeLog(request.url));
 *   return new Response("thanks");
 * });
 * ```
 */
export function waitUntil<T>(work: Startable<T>): Future<T> {
  return keeperHere("waitUntil").keep(work);
}

/** What the request being handled here waits for. */
export function keeperHere(caller: string): Keeper {
  const loop = runningLoopOrUndefined();
  const keeper = loop === undefined ? undefined : keepers.get(loop);
  if (keeper !== undefined) return keeper;
  throw new EdgeError(
    "ERR_NO_REQUEST",
    `${caller}() was called while no request is being handled; call it from a handler of serve(), or from code that it runs. ` +
      "After an `await` of a foreign promise the request is known only on hosts with AsyncLocalStorage; use await adopt(promise)",
  );
}

/** The work that one request waits for. */
export class Keeper {
  /** Whether a failure is passed to the runtime. */
  passesThrough = false;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal | undefined;
  private readonly loop: EventLoop;
  private readonly kept = new Set<Future<unknown>>();
  private readonly onEmpty: () => void;
  private over = false;

  /** @param onEmpty - called whenever the last of the work has ended. */
  constructor(loop: EventLoop, signal: AbortSignal | undefined, onEmpty: () => void) {
    this.loop = loop;
    this.signal = signal;
    this.onEmpty = onEmpty;
    keepers.set(loop, this);
  }

  get empty(): boolean {
    return this.kept.size === 0;
  }

  keep<T>(work: Startable<T>): Future<T> {
    if (this.over) {
      throw new EdgeError(
        "ERR_REQUEST_OVER",
        "waitUntil() or streamBody() was called after the request had ended; call it earlier",
      );
    }
    const future = ensureFutureFor("waitUntil", work, this.loop);
    const known = future as Future<unknown>;
    if (this.kept.has(known)) return future;
    this.kept.add(known);
    future.addDoneCallback(() => this.ended(known));
    return future;
  }

  private ended(future: Future<unknown>): void {
    this.kept.delete(future);
    const exception = future.cancelled() ? null : future.exception();
    if (exception !== null) {
      const message = "unhandled exception in work given to waitUntil()";
      this.loop.callExceptionHandler({ message, exception, future });
    }
    if (this.empty) this.onEmpty();
  }

  /** Nothing more can be waited for. */
  close(): void {
    this.over = true;
  }
}

/** The host's context as the handler sees it. */
export function contextFor(keeper: Keeper, context: object): EdgeContext {
  const own: EdgeContext = {
    waitUntil: (work) => keeper.keep(work),
    passThroughOnException: () => {
      keeper.passesThrough = true;
      (context as Partial<EdgeContext>).passThroughOnException?.();
    },
  };
  // Not the host's object with two properties replaced: its methods work only on that object itself.
  return new Proxy(own, {
    get(_own, key) {
      if (Object.hasOwn(own, key)) return own[key as keyof EdgeContext];
      const value: unknown = Reflect.get(context, key, context);
      return typeof value === "function" ? value.bind(context) : value;
    },
    has: (_own, key) => Object.hasOwn(own, key) || Reflect.has(context, key),
  });
}
