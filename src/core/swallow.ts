/**
 * Owns what becomes of the CancelledErrors that the loop throws into async functions. A function that is not awaited passes
 * its error on to nothing, and the host would end the process for it, although the cancellation has done all it should: asyncio
 * keeps quiet about it, and so the host is asked to, for as long as one of these errors exists. All other rejections are
 * left to the host.
 */
import type { Host } from "../host/host.ts";

/** From the first such error until the last one is gone. */
type Period = Record<never, never>;

/** An error keeps its period alive, and with it the request to the host. */
const periods = new WeakMap<object, Period>();
let latest: WeakRef<Period> | undefined;

const over = new FinalizationRegistry<() => void>((stop) => stop());

/** An unhandled rejection with this error need not be reported. @internal */
export function swallowUnhandled(error: object, host: Host): void {
  periods.set(error, latest?.deref() ?? beginPeriod(host));
}

/** The error is a task's, and is reported like any other. @internal */
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
