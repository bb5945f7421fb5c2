/**
 * Owns a request from its arrival until everything that it started has ended: a loop of its own, the handler as the main task,
 * the response, and the end. Knows only web standards, so that it is the same on every host that has them.
 *
 * The host is asked to wait from the start, not just for what is left after the response: a client that goes away
 * would otherwise take the request's timers and I/O with it, and the handler could not clean up.
 */
import { checkBoolean, checkFunction, readOptions, wrongArgument } from "../core/checks.ts";
import { type Coroutine, iscoroutinefunction } from "../core/coroutine.ts";
import { isInsideLoop } from "../core/current.ts";
import { describeType, LoopError } from "../core/errors.ts";
import type { ExceptionHandler } from "../core/exceptions.ts";
import type { Future } from "../core/future.ts";
import { checkClock } from "../core/hosts.ts";
import type { EventLoop } from "../core/loop.ts";
import { Runner } from "../core/runner.ts";
import type { Task } from "../core/task.ts";
import type { Clock } from "../host/host.ts";
import { abortedResponse, EdgeError, failedResponse } from "./errors.ts";
import { contextFor, type EdgeContext, Keeper } from "./wait-until.ts";

/** Handles a request: a generator function or an async function. */
export type Handler<Env, Ctx extends object> = (
  request: Request,
  env: Env,
  ctx: EdgeContext & Ctx,
) => Coroutine<Response> | PromiseLike<Response> | Response;

/**
 * What edge runtimes call with each request: the environment is passed on to the handler unchanged, whatever it is, and the
 * context, if given, is an object.
 */
export type Fetch<Env, Ctx extends object> = (request: Request, env?: Env, ctx?: Ctx) => Promise<Response>;

/** How requests are served. */
export interface ServeOptions {
  /** A custom clock for each request's loop; by default the host's. */
  readonly clock?: Clock | undefined;
  /** Whether debug mode is on. */
  readonly debug?: boolean | undefined;
  /**
   * Gets uncaught exceptions, of the handler as well as of the tasks it starts. By default they are written where the host's
   * users look for errors.
   */
  readonly exceptionHandler?: ExceptionHandler | undefined;
}

/**
 * Makes a `fetch` out of a handler. Each request has an event loop of its own, and the handler is its main task:
 *
 * - What it returns is the response. When it fails, the response is a 500 that does not say why, and the exception handler is called.
 * - When the request is aborted because the client has gone, the task is cancelled, and cleans up. workerd reports this only with the
 *   compatibility flag `enable_request_signal`.
 * - Then the pending tasks are cancelled and clean up, as at the end of asyncio's `run`. But if something was passed to
 *   `waitUntil`, the loop goes on with everything until that has ended.
 *
 * None of this holds up the response where the host passes a `ctx.waitUntil`. Where it does not, the response waits for
 * the clean-up; it never waits for what was passed to `waitUntil`, and the host must go on by itself, as servers do.
 *
 * @param handler - a generator function or async function of request, environment and context, which returns a Response.
 * @returns a function for the `fetch` of a worker, of `Deno.serve` or `Bun.serve`. Its promise is rejected only after
 * `ctx.passThroughOnException()`, and with a LoopError ERR_LOOP_RUNNING when it is called from a running loop.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED or ERR_ARGUMENT_TYPE.
 *
 * @example
 * ```ts
 * export default {
 *   fetch: serve(function* (request, env, ctx) {
 *     const answer = yield* timeout(500, () => adopt(fetch("https://example.org/")));
 *     ctx.waitUntil(writeLog(request.url));
 *     return new Response(answer.body);
 *   }),
 * };
 * ```
 */
export function serve<Env = unknown, Ctx extends object = object>(
  handler: Handler<Env, Ctx>,
  options?: ServeOptions,
): Fetch<Env, Ctx> {
  checkFunction("serve", handler, "a handler function");
  const { clock, debug, exceptionHandler } = checkedOptions(options);
  return async (request, env, ctx) => {
    mustBeOutside();
    checkRequest(request, ctx);
    const runner = new Runner({ clock, debug });
    const loop = runner.getLoop();
    if (exceptionHandler !== undefined) loop.setExceptionHandler(exceptionHandler);
    const answering = new Answering(loop, request, (context) => handler(request, env as Env, context), ctx);
    const ended = answering.run(runner, iscoroutinefunction(handler));
    const holdsRequest = hostWaitUntil(ctx);
    holdsRequest?.(ended);
    const response = await answering.response;
    if (holdsRequest === undefined && !answering.outlivesResponse) await ended;
    return response;
  };
}

function mustBeOutside(): void {
  if (!isInsideLoop()) return;
  throw new LoopError(
    "ERR_LOOP_RUNNING",
    "a request cannot be served from within a running event loop, since it gets its own loop; call the handler itself",
  );
}

function checkedOptions(options: ServeOptions | undefined): ServeOptions {
  const given = readOptions("serve", options, ["clock", "debug", "exceptionHandler"]);
  const { clock, debug, exceptionHandler } = given;
  if (clock !== undefined) checkClock("serve", clock);
  if (debug !== undefined) checkBoolean("serve", "debug", debug);
  if (exceptionHandler !== undefined && typeof exceptionHandler !== "function")
    throw wrongArgument("serve", "a function as its exceptionHandler", exceptionHandler);
  return given;
}

/** A request may come from another realm or another implementation, as in tests and frameworks. */
function checkRequest(request: unknown, ctx: unknown): void {
  const { url, method } = (request ?? {}) as { url?: unknown; method?: unknown };
  if (typeof url !== "string" || typeof method !== "string")
    throw wrongArgument("a handler of serve()", "a Request", request);
  if (ctx !== undefined && typeof ctx !== "object")
    throw wrongArgument("a handler of serve()", "a context", ctx);
}

/** How the host is asked to wait for a promise, if it can be. */
function hostWaitUntil(ctx: object | undefined): ((promise: Promise<void>) => void) | undefined {
  const context = ctx as { waitUntil?: unknown } | null | undefined;
  if (typeof context?.waitUntil !== "function") return undefined;
  return (promise) => (context as { waitUntil(promise: Promise<void>): void }).waitUntil(promise);
}

/** One request. */
class Answering<Ctx extends object> {
  readonly response: Promise<Response>;
  private readonly loop: EventLoop;
  private readonly request: Request;
  private readonly keeper: Keeper;
  private readonly call: () => ReturnType<Handler<unknown, Ctx>>;
  private answered = false;
  /** Why it was answered as it was, once that has been reported. */
  private failure: unknown = undefined;
  private respond!: (response: Response) => void;
  private fail!: (error: unknown) => void;
  /** Done when the handler and everything that it passed on have ended. */
  private readonly over: Future<void>;

  constructor(
    loop: EventLoop,
    request: Request,
    call: (context: EdgeContext & Ctx) => ReturnType<Handler<unknown, Ctx>>,
    ctx: Ctx | undefined,
  ) {
    this.loop = loop;
    this.request = request;
    this.over = loop.createFuture<void>();
    this.keeper = new Keeper(loop, request.signal, () => this.endIfOver());
    const context = contextFor(this.keeper, ctx ?? {});
    this.call = () => call(context as EdgeContext & Ctx);
    this.response = new Promise((resolve, reject) => {
      this.respond = resolve;
      this.fail = reject;
    });
  }

  /** Whether there is work that the response must not wait for. */
  get outlivesResponse(): boolean {
    return !this.keeper.empty;
  }

  /** Runs everything. The promise is fulfilled at the very end, and never rejected: whatever waits for it could do nothing. */
  async run(runner: Runner, isCoroutineFunction: boolean): Promise<void> {
    let abort = () => {};
    const { signal } = this.keeper;
    try {
      try {
        const main = this.startHandler(isCoroutineFunction);
        abort = () => main.cancel("the request was aborted");
        if (signal?.aborted) abort();
        signal?.addEventListener("abort", abort);
        main.addDoneCallback(() => this.answer(main));
        await this.loop.runUntilComplete(this.over);
      } finally {
        signal?.removeEventListener("abort", abort);
        this.keeper.close();
        await runner.close();
      }
    } catch (exception) {
      // An Interrupt, which ends the loop at once, or a handler that could not even start.
      if (!this.answered) this.failed("the request was cut short", exception);
      else if (exception !== this.failure) this.report("the request was cut short", exception);
    }
  }

  private startHandler(isCoroutineFunction: boolean): Task<Response> {
    const options = { name: `${this.request.method} ${pathOf(this.request)}` };
    const { loop, call } = this;
    // A generator is made here and runs in the task; an async function is called by its task.
    if (isCoroutineFunction) return loop.createTask(call() as Coroutine<Response>, options);
    return loop.createTask(call as () => PromiseLike<Response>, options);
  }

  private answer(main: Task<Response>): void {
    try {
      const response: unknown = main.result();
      if (!isResponse(response)) {
        throw new EdgeError(
          "ERR_RESPONSE_EXPECTED",
          `a handler must return a Response, got ${describeType(response)}; return new Response(...)`,
        );
      }
      this.answered = true;
      this.respond(response);
    } catch (exception) {
      if (main.cancelled() && this.keeper.signal?.aborted) {
        this.answered = true;
        this.respond(abortedResponse());
      } else {
        this.failed("unhandled exception in the request handler", exception, main);
      }
    }
    this.endIfOver();
  }

  private failed(message: string, exception: unknown, task?: Task<unknown>): void {
    this.answered = true;
    this.failure = exception;
    this.report(message, exception, task);
    if (this.keeper.passesThrough) this.fail(exception);
    else this.respond(failedResponse());
  }

  private report(message: string, exception: unknown, task?: Task<unknown>): void {
    this.loop.callExceptionHandler(
      task === undefined ? { message, exception } : { message, exception, task },
    );
  }

  private endIfOver(): void {
    if (this.answered && this.keeper.empty && this.over.pending()) this.over.setResult();
  }
}

/** Only a path, which may be part of a message; a query often holds secrets. */
function pathOf(request: Request): string {
  try {
    return new URL(request.url).pathname;
  } catch {
    return "";
  }
}

/** Including those from another realm or another implementation, as in tests and frameworks. */
function isResponse(value: unknown): value is Response {
  if (value instanceof Response) return true;
  return Object.prototype.toString.call(value) === "[object Response]";
}
