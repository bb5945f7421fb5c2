// poll_oneoff on memory as a program lays it out: what has happened is told, and nothing else.

import { expect, test } from "vitest";
import { pollOneoff } from "../../src/wasi/poll.ts";
import type { ProgramStreams } from "../../src/wasi/streams.ts";

const SUCCESS = 0;
const EINVAL = 28;
const CLOCK = 0;
const READ = 1;
const WRITE = 2;
const MONOTONIC = 1;
const NO_CLOCK = 9;
const EVENTS_AT = 1024;
const COUNTED_AT = 4000;

type Asked =
  | { readonly type: number; readonly fd: number }
  | { readonly type: number; readonly clock: number; readonly ms: number; readonly isAbsolute?: boolean };

/** What poll answers, and how long it has waited. With input after `inputMs`. */
function poll(asked: readonly Asked[], inputMs = Number.POSITIVE_INFINITY) {
  const memory = new DataView(new ArrayBuffer(4096));
  let nowMs = 1000;
  const streams: ProgramStreams = {
    clock: { nowMs: () => nowMs, originMs: 0 },
    read: () => new Uint8Array(0),
    write: () => true,
    waitReadable(timeoutMs) {
      nowMs += Math.min(timeoutMs, inputMs);
      return inputMs <= timeoutMs;
    },
    sleep(durationMs) {
      nowMs += durationMs;
    },
  };
  for (const [i, each] of asked.entries()) {
    const at = i * 48;
    memory.setBigUint64(at, BigInt(i + 1), true);
    memory.setUint8(at + 8, each.type);
    if ("fd" in each) {
      memory.setUint32(at + 16, each.fd, true);
      continue;
    }
    memory.setUint32(at + 16, each.clock, true);
    memory.setBigUint64(at + 24, BigInt(each.ms * 1_000_000), true);
    memory.setUint16(at + 40, each.isAbsolute ? 1 : 0, true);
  }
  const errno = pollOneoff(memory, streams, 0, EVENTS_AT, asked.length, COUNTED_AT);
  const events = Array.from({ length: memory.getUint32(COUNTED_AT, true) }, (_, i) => {
    const at = EVENTS_AT + i * 32;
    return {
      which: Number(memory.getBigUint64(at, true)) - 1,
      error: memory.getUint16(at + 8, true),
      type: memory.getUint8(at + 10),
    };
  });
  return { errno, events, waitedMs: nowMs - 1000 };
}

const stdin = { type: READ, fd: 0 };
const after = (ms: number) => ({ type: CLOCK, clock: MONOTONIC, ms });

test("nothing to wait for is an error", () => {
  expect(poll([])).toMatchObject({ errno: EINVAL, events: [] });
});

test("a clock that is asked for alone is waited for, from now or up to a time", () => {
  const happened = [{ which: 0, error: 0, type: CLOCK }];
  expect(poll([after(250)])).toEqual({ errno: SUCCESS, events: happened, waitedMs: 250 });
  const at = { type: CLOCK, clock: MONOTONIC, ms: 1100, isAbsolute: true };
  expect(poll([at])).toEqual({ errno: SUCCESS, events: happened, waitedMs: 100 });
  expect(poll([{ ...at, ms: 900 }])).toEqual({ errno: SUCCESS, events: happened, waitedMs: 0 });
});

test("input is told when it has come, and the clock when it has not", () => {
  const both = [stdin, after(100)];
  expect(poll(both, 40)).toMatchObject({ events: [{ which: 0, error: 0, type: READ }], waitedMs: 40 });
  expect(poll(both, 400)).toMatchObject({ events: [{ which: 1, error: 0, type: CLOCK }], waitedMs: 100 });
});

test("of several clocks the first ends the wait, with all that are due by then", () => {
  const { events, waitedMs } = poll([after(300), after(100), after(100)]);
  expect([events.map(({ which }) => which), waitedMs]).toEqual([[1, 2], 100]);
});

test("what can be written, and files, are there at once", () => {
  const { events, waitedMs } = poll([{ type: WRITE, fd: 1 }, { type: READ, fd: 5 }, after(100), stdin], 40);
  expect([events.map(({ which }) => which), waitedMs]).toEqual([[0, 1], 0]);
});

test("a clock that is none and a kind that is none have an error each, and nothing is waited for", () => {
  const { errno, events, waitedMs } = poll([
    { type: CLOCK, clock: NO_CLOCK, ms: 100 },
    { type: 7, fd: 0 },
  ]);
  expect([errno, waitedMs]).toEqual([SUCCESS, 0]);
  expect(events).toEqual([
    { which: 0, error: EINVAL, type: CLOCK },
    { which: 1, error: EINVAL, type: 7 },
  ]);
});
