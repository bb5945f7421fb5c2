// WASI programs where the loop runs, as on hosts without workers, by a clock of the test's own.

import { expect } from "vitest";
import { NotSupportedError } from "wasyncio";
import { createSubprocessWasi, MemoryFolder, PIPE, STDOUT, type WasiOptions } from "wasyncio/wasi";
import { inPlace } from "../../src/wasi/in-place.ts";
import { provideRunner } from "../../src/wasi/runner.ts";
import { text, thrown, thrownBy } from "../io/harness.ts";
import { inC, wasiTest } from "./harness.ts";

const ORIGIN_MS = Date.UTC(2026, 0, 1);
/** How long each look at the clock takes. */
const LOOK_MS = 0.25;
let timeMs = 0;
provideRunner(
  inPlace({
    originMs: ORIGIN_MS,
    nowMs() {
      timeMs += LOOK_MS;
      return timeMs;
    },
  }),
);

function* end(args: readonly string[], options: Omit<WasiOptions, "args" | "stdout" | "stderr"> = {}) {
  const probe = yield* createSubprocessWasi(inC("probe"), {
    ...options,
    args: ["probe", ...args],
    stdout: PIPE,
    stderr: STDOUT,
  });
  const [said] = yield* probe.communicate();
  return [probe.returncode, text(said)];
}

wasiTest("arguments, environment and input are what was given", function* () {
  expect(yield* end(["args", "a b", "ü€", ""], { env: { WORD: "wörd" } })).toEqual([
    0,
    "probe\nargs\na b\nü€\n\nWORD=wörd\n/\n",
  ]);
  const sort = yield* createSubprocessWasi(inC("sort"), { stdin: "b\na\n", stdout: PIPE, stderr: PIPE });
  const [stdout, stderr] = yield* sort.communicate();
  expect([text(stdout), text(stderr), sort.returncode]).toEqual(["a\nb\n", "", 0]);
});

wasiTest("each end has its returncode, and a program that has ended gets no signal", function* () {
  expect(yield* end(["exit", "42"])).toEqual([42, ""]);
  expect(yield* end(["abort"])).toEqual([-6, expect.stringContaining("the program has trapped")]);
  expect(yield* end(["recurse"])).toEqual([-6, expect.stringContaining("the program has trapped")]);
  const probe = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "exit", "0"] });
  yield* probe.wait();
  expect(thrown(() => probe.kill()).code).toBe("ESRCH");
});

wasiTest("what is no WASI program is ENOEXEC", function* () {
  const foreign = new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0],
    ...[2, 9, 1, 3, 101, 110, 118, 1, 102, 0, 0],
  ]);
  const unknown = new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 28, 1, 22],
    ...new TextEncoder().encode("wasi_snapshot_preview1"),
    ...[1, 102, 0, 0],
  ]);
  const wrong: [Uint8Array, RegExp][] = [
    [new Uint8Array([1, 2, 3]), /no WASI program/],
    [new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), /exports no function '_start' and memory/],
    [foreign, /imports 'f' of 'env'/],
    [unknown, /no WASI program/],
  ];
  for (const [bytes, words] of wrong) {
    const error = yield* thrownBy(createSubprocessWasi(bytes, { stdout: PIPE }));
    expect([error.code, error.message]).toEqual(["ENOEXEC", expect.stringMatching(words)]);
  }
});

wasiTest("folders are read and changed, and what comes back is what the program has left", function* () {
  const folder = new MemoryFolder({ old: "old", kept: "kept", sub: { inner: "inner" } });
  const preopens = { "/data": folder, "/own": { file: "file" } };
  expect(yield* end(["list", "/data/sub"], { preopens })).toEqual([0, "inner\n"]);
  expect(yield* end(["open", "/own/file", "/data/../../etc/passwd"], { preopens })).toEqual([
    0,
    expect.stringMatching(/^\/own\/file: done\n\/data.*: (?!done)/),
  ]);
  expect(yield* end(["change"], { preopens })).toEqual([0, "mkdir: done\nunlink: done\nrename: done\n"]);
  expect(Object.keys(folder.files).sort()).toEqual(["made", "moved", "sub"]);
});

wasiTest(
  "time is the clock's: a sleep takes what it takes, and poll no longer than it is told to",
  function* () {
    expect(yield* end(["time"])).toEqual([0, `${Math.floor(ORIGIN_MS + timeMs)}\n`]);
    const beforeMs = timeMs;
    const [, slept] = yield* end(["sleep", "60000"]);
    expect(Number(slept)).toBeGreaterThanOrEqual(60_000);
    expect(timeMs - beforeMs).toBeGreaterThanOrEqual(60_000);
    // All the input is there, and after it its end.
    expect(yield* end(["poll", "-1"], { stdin: "x" })).toEqual([0, "1 x\n1 -\n"]);
  },
);

wasiTest("input through a pipe is refused by words that say what to do", function* () {
  const error = yield* thrownBy(createSubprocessWasi(inC("upper"), { stdin: PIPE }));
  expect(error).toBeInstanceOf(NotSupportedError);
  expect(error.message).toContain("give all of the input");
});
