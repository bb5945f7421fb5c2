/**
 * Owns `wait`: several futures at once, until the first is done, the first has failed, or all are done.
 */
import { readOptions } from "../core/checks.ts";
import { type Operation, operation } from "../core/coroutine.ts";
import { checkList } from "../core/ensure.ts";
import { ArgumentError, describe } from "../core/errors.ts";
import { type Future, isfuture } from "../core/future.ts";
import { getRunningLoop } from "../core/running.ts";
import { checkDelayMs } from "../core/sleep.ts";

/** `wait` returns when any future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** `wait` returns when any future has failed, or all are done. A cancelled one has not failed. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** `wait` returns when all futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED";

/** When `wait` returns. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

export interface WaitOptions {
  /** How long to wait at most, in milliseconds; null for as long as it takes. */
  readonly timeout?: number | null;
  /** When to return; ALL_COMPLETED unless given. */
  readonly returnWhen?: ReturnWhen;
}

/**
 * Waits for futures without taking their results: failures are not thrown, and what is late is not cancelled.
 * asyncio: `wait`.
 *
 * @param futures - at least one future or task; no coroutines.
 * @returns those that are done and those that are not, in the order given.
 * @throws ArgumentError ERR_ARGUMENT_TYPE for invalid options, at the call; ERR_ARGUMENT_VALUE for an empty list and
 * an invalid `returnWhen`, ERR_ARGUMENT_TYPE for what is not a future, ERR_DELAY.
 *
 * @example
 * ```ts
 * const [done, pending] = yield* wait([first, second], { returnWhen: FIRST_COMPLETED });
 * ```
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options?: WaitOptions,
): Operation<[done: Set<F>, pending: Set<F>]> {
  const given = readOptions("wait", options, ["timeout", "returnWhen"]);
  const { timeout = null, returnWhen = ALL_COMPLETED } = given;
  checkList("wait", "futures", futures);
  const all = new Set(futures);
  if (all.size === 0) throw new ArgumentError("ERR_ARGUMENT_VALUE", "Set of Tasks/Futures is empty.");
  if (returnWhen !== FIRST_COMPLETED && returnWhen !== FIRST_EXCEPTION && returnWhen !== ALL_COMPLETED) {
    throw new ArgumentError("ERR_ARGUMENT_VALUE", `Invalid return_when value: ${describe(returnWhen)}`);
  }
  for (const future of all) checkFuture(future);
  if (timeout !== null) checkDelayMs("wait", timeout);
  return operation("wait", waiting(all, timeout, returnWhen));
}

function* waiting<F extends Future<unknown>>(
  all: ReadonlySet<F>,
  timeoutMs: number | null,
  returnWhen: ReturnWhen,
): Generator<unknown, [done: Set<F>, pending: Set<F>], unknown> {
  const loop = getRunningLoop();
  const waiter = loop.createFuture<void>();
  waiter.value = all;
  const wake = () => {
    if (waiter.pending()) waiter.setResult();
  };
  const timer = timeoutMs === null ? undefined : loop.callLater(timeoutMs, wake);
  let pending = all.size;
  const oneDone = (future: Future<unknown>) => {
    pending--;
    const failed = () => !future.cancelled() && future.exception() !== null;
    if (pending > 0 && returnWhen !== FIRST_COMPLETED && !(returnWhen === FIRST_EXCEPTION && failed()))
      return;
    timer?.cancel();
    wake();
  };
  for (const future of all) future.addDoneCallback(oneDone);
  try {
    yield* waiter;
  } finally {
    timer?.cancel();
    for (const future of all) future.removeDoneCallback(oneDone);
  }
  const done = new Set<F>();
  const late = new Set<F>();
  for (const future of all) (future.done() ? done : late).add(future);
  return [done, late];
}

function checkFuture(value: unknown): void {
  if (isfuture(value)) return;
  throw new ArgumentError(
    "ERR_ARGUMENT_TYPE",
    `wait needs futures, got ${describe(value)}; pass coroutines to createTask first`,
  );
}
