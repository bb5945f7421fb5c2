/**
 * Owns what becomes of the CancelledErrors that the loop throws into async functions. A function that nobody awaits passes
 * its error on to nobody, and the host would end the process for it, where the cancellation has done all it should: asyncio
 * keeps quiet about it, and so the host is asked to, for as long as one of these errors is there. All other rejections are
 * the host's business.
 */
import type { Host } from "../host/host.ts";

/** From the first such error until there is none any more. */
type Period = Record<never, never>;

/** An error keeps its period alive, and with it what the host was asked. */
const periods = new WeakMap<object, Period>();
let latest: WeakRef<Period> | undefined;

const over = new FinalizationRegistry<() => void>((stop) => stop());

/** Nobody need be told of a promise that is rejected with this error and that nobody handles. @internal */
export function swallowUnhandled(error: object, host: Host): void {
  periods.set(error, latest?.deref() ?? beginPeriod(host));
}

/** The error is a task's, and to be reported as any. @internal */
export function reportUnhandled(error: unknown): void {
  if (latest !== undefined && isObject(error)) periods.delete(error);
}

function beginPeriod(host: Host): Period {
  const period: Period = {};
  latest = new WeakRef(period);
  const stop = host.swallowRejections?.((reason) => isObject(reason) && periods.has(reason));
  if (stop !== undefined) over.register(period, stop);
  return period;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
