/**
 * Owns waiting for the first of several things to happen, which the shim does by keeping the processor busy, and for one clock
 * alone. The layouts are those of wasi_snapshot_preview1.
 */
import type { ProgramStreams } from "./streams.ts";
import { clockTimeNs, NS_PER_MS, type ProgramClock } from "./time.ts";

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const EVENT = { clock: 0, read: 1, write: 2 };
const ABSOLUTE = 1;
const ERRNO = { success: 0, badf: 8, inval: 28 };

interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  /** For clocks: how long it takes yet. */
  readonly leftMs: number;
  readonly fd: number;
  readonly error: number;
}

export function pollOneoff(
  memory: DataView,
  streams: ProgramStreams,
  subscriptionsAt: number,
  eventsAt: number,
  count: number,
  countedAt: number,
): number {
  if (count === 0) return ERRNO.inval;
  const { clock } = streams;
  const subscriptions: Subscription[] = [];
  for (let i = 0; i < count; i++)
    subscriptions.push(read(memory, clock, subscriptionsAt + i * SUBSCRIPTION_BYTES));
  const beginMs = clock.nowMs();
  const happened = waitFor(subscriptions, streams);
  const tookMs = clock.nowMs() - beginMs;
  let counted = 0;
  for (const each of subscriptions) {
    const isDue = each.type === EVENT.clock && each.error === 0 && each.leftMs <= tookMs;
    if (!isDue && !happened.has(each)) continue;
    const at = eventsAt + counted++ * EVENT_BYTES;
    memory.setBigUint64(at, each.userdata, true);
    memory.setUint16(at + 8, each.error, true);
    memory.setUint8(at + 10, each.type);
    memory.setBigUint64(at + 16, each.type === EVENT.clock ? 0n : 1n, true);
    memory.setUint16(at + 24, 0, true);
  }
  memory.setUint32(countedAt, counted, true);
  return ERRNO.success;
}

function read(memory: DataView, host: ProgramClock, at: number): Subscription {
  const userdata = memory.getBigUint64(at, true);
  const type = memory.getUint8(at + 8);
  if (type !== EVENT.clock) {
    const fd = memory.getUint32(at + 16, true);
    const exists = type === EVENT.read || type === EVENT.write;
    return { userdata, type, leftMs: Number.POSITIVE_INFINITY, fd, error: exists ? 0 : ERRNO.inval };
  }
  const clock = memory.getUint32(at + 16, true);
  const timeoutNs = memory.getBigUint64(at + 24, true);
  const isAbsolute = (memory.getUint16(at + 40, true) & ABSOLUTE) !== 0;
  const nowNs = clockTimeNs(host, clock);
  const leftNs = isAbsolute ? timeoutNs - (nowNs ?? 0n) : timeoutNs;
  const error = nowNs === undefined ? ERRNO.inval : 0;
  return { userdata, type, leftMs: Math.max(0, Number(leftNs) / NS_PER_MS), fd: -1, error };
}

/** Waits, and gives what is there by itself: what is wrong, what can be written, files, and input if it has come. */
function waitFor(subscriptions: readonly Subscription[], streams: ProgramStreams): ReadonlySet<Subscription> {
  const readsInput = ({ type, fd, error }: Subscription) => error === 0 && type === EVENT.read && fd === 0;
  const happened = new Set(
    subscriptions.filter((each) => each.error !== 0 || (each.type !== EVENT.clock && !readsInput(each))),
  );
  const timeoutMs = happened.size > 0 ? 0 : Math.min(...subscriptions.map(({ leftMs }) => leftMs));
  const reading = subscriptions.filter(readsInput);
  if (reading.length === 0) streams.sleep(timeoutMs);
  else if (streams.waitReadable(timeoutMs)) for (const each of reading) happened.add(each);
  return happened;
}
