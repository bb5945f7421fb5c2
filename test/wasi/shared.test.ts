// The memory that a program in a worker shares with the loop, both sides of it in one thread.

import { describe, expect, test } from "vitest";
import { Shared } from "../../src/wasi/shared.ts";

const RING_BYTES = 64 * 1024;

/** The two sides of one memory. */
function sides(): { readonly loop: Shared; readonly program: Shared } {
  const loop = new Shared();
  return { loop, program: new Shared(loop.buffer) };
}

describe("Shared", () => {
  test("what is put is read in order, past the end of the ring too, and no more than there is room for", () => {
    const { loop, program } = sides();
    const sent = Uint8Array.from({ length: 3 * RING_BYTES + 17 }, (_, i) => i % 251);
    let taken = 0;
    for (let put = 0; taken < sent.length; ) {
      put += loop.put(sent.subarray(put));
      expect(program.readable()).toBe(put - taken);
      const bytes = program.read(40_000);
      expect(bytes.every((byte, i) => byte === sent[taken + i])).toBe(true);
      taken += bytes.length;
    }
    expect(taken).toBe(sent.length);
    expect(program.read(10)).toEqual(new Uint8Array(0));
    expect([loop.put(new Uint8Array(RING_BYTES + 5)), loop.put(new Uint8Array(5))]).toEqual([RING_BYTES, 0]);
  });

  test("whoever waits for room is told once, and not at all where there is some", () => {
    const { loop, program } = sides();
    expect([loop.waitForRoom(), program.takeWaiting()]).toEqual([false, true]);
    loop.put(new Uint8Array(RING_BYTES));
    expect(loop.waitForRoom()).toBe(true);
    expect([program.takeWaiting(), program.takeWaiting()]).toEqual([true, false]);
  });

  test("what was written may not be far ahead of what was taken, each stream by itself", () => {
    const { loop, program } = sides();
    expect([program.hasRoom(1, 0), program.hasRoom(1, RING_BYTES)]).toEqual([true, false]);
    loop.take(1, 1);
    expect([program.hasRoom(1, RING_BYTES), program.hasRoom(2, RING_BYTES)]).toEqual([true, false]);
    // The counts go round.
    loop.take(2, 2 ** 32 - 10);
    expect([program.hasRoom(2, 2 ** 32 + 5), program.hasRoom(2, RING_BYTES - 10)]).toEqual([true, false]);
  });

  test("whatever the loop does is news, and a wait for news that have come does not wait", () => {
    const { loop, program } = sides();
    const does: readonly (() => unknown)[] = [
      () => loop.put(new Uint8Array(1)),
      () => loop.take(1, 1),
      () => loop.closeWritten(2),
      () => loop.end(),
    ];
    for (const each of does) {
      const known = program.news();
      each();
      expect(program.news()).not.toBe(known);
      program.waitForNews(known, Number.POSITIVE_INFINITY);
    }
    expect([program.isWrittenClosed(1), program.isWrittenClosed(2)]).toEqual([false, true]);
    expect(program.hasEnded()).toBe(true);
    expect(sides().program.hasEnded()).toBe(false);
  });
});
