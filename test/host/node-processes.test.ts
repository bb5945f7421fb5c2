// A process with a control pipe: whatever can be cloned goes both ways, whole, and all of it before the end is told.

import { expect, test } from "vitest";
import { nodeProcesses } from "../../src/host/node-processes.ts";

/** Answers with its first message, cut in the middle of a length and of a body, then with each further one. */
const CHILD = `
const { readSync, writeSync } = require("node:fs");
const { serialize, deserialize } = require("node:v8");
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
const take = (count) => {
  const bytes = Buffer.alloc(count);
  for (let done = 0; done < count; ) {
    try {
      done += readSync(3, bytes, done, count - done, null);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      pause();
    }
  }
  return bytes;
};
const receive = () => deserialize(take(take(4).readUInt32LE(0)));
const framed = (message) => {
  const bytes = serialize(message);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
};
const first = framed(receive());
for (const [from, to] of [[0, 2], [2, 9], [9, first.length]]) {
  writeSync(3, first.subarray(from, to));
  pause();
}
writeSync(3, Buffer.concat([framed(receive()), framed("the last")]));
`;

test("messages are handed over and answered, however their bytes come", async () => {
  const told: unknown[] = [];
  const handed = { bytes: new Uint8Array([1, 2, 3]), map: new Map([[1, new Date(5)]]) };
  const child = nodeProcesses().spawn({
    program: process.execPath,
    args: ["-e", CHILD],
    shell: false,
    cwd: undefined,
    env: undefined,
    detached: false,
    stdio: ["ignore", "ignore", "inherit"],
    control: {
      handed,
      told(message, answer) {
        told.push(message);
        if (told.length === 1) answer({ big: "x".repeat(100_000) });
      },
    },
  });
  const failure = await new Promise((resolve) =>
    child.watch({ writable() {}, closed: (failed) => resolve(failed ?? "ended") }),
  );
  expect([failure, child.returncode]).toEqual(["ended", 0]);
  expect(told).toEqual([handed, { big: "x".repeat(100_000) }, "the last"]);
});
