// All that has come by a stream in paused mode, in one piece that is the caller's own.

import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { takeAll } from "../../src/host/node-reading.ts";

const MIB = 1024 * 1024;

/** A stream that has these chunks, as Deno's has several. */
function streamOf(...chunks: Buffer[]) {
  return { read: () => chunks.shift() ?? null };
}

test("takeAll joins what comes chunk by chunk, and asks for no more once there is nothing", () => {
  const never = () => expect.unreachable();
  expect(takeAll(streamOf(), never)).toBeNull();
  expect(takeAll(streamOf(Buffer.from("one")), never)).toEqual(new Uint8Array(Buffer.from("one")));
  const joined = takeAll(streamOf(Buffer.from("one"), Buffer.from("two"), Buffer.from("three")), never);
  expect(new TextDecoder().decode(joined as Uint8Array)).toBe("onetwothree");
});

test("takeAll gives bytes that share their memory with nobody", () => {
  const small = Buffer.from("small");
  expect(small.buffer.byteLength).toBeGreaterThan(small.length);
  expect(takeAll(streamOf(small), () => {})?.buffer.byteLength).toBe(small.length);
  const whole = Buffer.alloc(MIB);
  expect(takeAll(streamOf(whole), () => {})?.buffer).toBe(whole.buffer);
});

test("takeAll stops after a mebibyte, and is called again for the rest", async () => {
  const stream = streamOf(Buffer.alloc(MIB / 2), Buffer.alloc(MIB / 2), Buffer.alloc(MIB / 2));
  await new Promise<void>((more) => {
    expect(takeAll(stream, more)?.length).toBe(MIB);
  });
  expect(takeAll(stream, () => expect.unreachable())?.length).toBe(MIB / 2);
});
