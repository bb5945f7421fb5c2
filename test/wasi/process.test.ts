// WASI programs as processes, in this host's workers: their streams, ends and signals, and time.

import { readFileSync } from "node:fs";
import { expect, expectTypeOf, test } from "vitest";
import {
  CancelledError,
  createTask,
  gather,
  type StreamReader,
  sleep,
  TimeoutError,
  timeout,
  waitFor,
} from "wasyncio";
import { createSubprocessWasi, DEVNULL, PIPE, type Process, STDOUT } from "wasyncio/wasi";
import { text, thrownBy, until } from "../io/harness.ts";
import { codeOf } from "../subprocess/harness.ts";
import { clang, inC, threads, wasiTest } from "./harness.ts";
import { HOW_TO_GET, programInAssembly } from "./programs.ts";

test("programs in C can be compiled here", ({ skip }) => {
  if (!clang && process.env.CI === undefined) skip(`not found; ${HOW_TO_GET}`);
  expect(clang).toBe(true);
});

const MANY_BYTES = 3 * 1024 * 1024;

wasiTest("arguments and environment are what was given, and nothing else", function* () {
  const probe = yield* createSubprocessWasi(inC("probe"), {
    args: ["probe", "args", "a b", "ü€", ""],
    env: { WORD: "wörd", GONE: undefined },
    stdout: PIPE,
  });
  expectTypeOf(probe).toEqualTypeOf<Process<null, StreamReader, null>>();
  const [stdout] = yield* probe.communicate();
  expect(text(stdout)).toBe("probe\nargs\na b\nü€\n\nWORD=wörd\n/\n");
  expect(probe.returncode).toBe(0);
});

wasiTest("a filter answers as it is written to, and megabytes go through it", function* () {
  const upper = yield* createSubprocessWasi(inC("upper"), { stdin: PIPE, stdout: PIPE });
  for (const word of ["one", "two"]) {
    upper.stdin.write(word);
    expect(text(yield* upper.stdout.read(10))).toBe(word.toUpperCase());
  }
  upper.stdin.close();
  expect(yield* upper.wait()).toBe(0);
  const big = yield* createSubprocessWasi(inC("upper"), { stdin: PIPE, stdout: PIPE });
  const [stdout] = yield* big.communicate(new Uint8Array(MANY_BYTES).fill(97));
  expect([stdout.length, stdout.every((byte) => byte === 65)]).toEqual([MANY_BYTES, true]);
});

wasiTest("an interpreter is talked to, line by line, on both of its outputs", function* () {
  const calc = yield* createSubprocessWasi(inC("calc"), { stdin: PIPE, stdout: PIPE, stderr: PIPE });
  calc.stdin.write("x = 2 * (3 + 4)\nx / 4\n");
  expect(text(yield* calc.stdout.readline())).toBe("3.5\n");
  calc.stdin.write("x +\n");
  expect(text(yield* calc.stderr.readline())).toBe("cannot read this: x +\n");
  calc.stdin.write("-x\n");
  expect(text(yield* calc.stdout.readline())).toBe("-14\n");
  expect((yield* calc.communicate())[0].length).toBe(0);
});

wasiTest("programs of C and of AssemblyScript in a row", function* () {
  const upper = yield* createSubprocessWasi(inC("upper"), { stdin: PIPE, stdout: PIPE });
  const sort = yield* createSubprocessWasi(inC("sort"), { args: ["sort", "-r"], stdin: PIPE, stdout: PIPE });
  const count = yield* createSubprocessWasi(programInAssembly("count"), { stdin: PIPE, stdout: PIPE });
  const join = function* (from: StreamReader, to: typeof count.stdin) {
    let seen = "";
    for (;;) {
      const some = yield* from.read(1000);
      if (some.length === 0) break;
      seen += text(some);
      to.write(some);
      yield* to.drain();
    }
    to.close();
    return seen;
  };
  upper.stdin.write("b\nc\na\n");
  upper.stdin.close();
  const counted = count.stdout.read();
  const seen = yield* gather(join(upper.stdout, sort.stdin), join(sort.stdout, count.stdin));
  expect(text(yield* counted)).toBe("3\n");
  expect([yield* upper.wait(), yield* sort.wait(), yield* count.wait()]).toEqual([0, 0, 0]);
  expect(seen).toEqual(["B\nC\nA\n", "C\nB\nA\n"]);
});

wasiTest("input may be given whole, and DEVNULL is empty", function* () {
  const count = programInAssembly("count");
  const whole = yield* createSubprocessWasi(count, { stdin: "1\n2\n3\n", stdout: PIPE });
  expect(text((yield* whole.communicate())[0])).toBe("3\n");
  const empty = yield* createSubprocessWasi(count, { stdin: DEVNULL, stdout: PIPE });
  expect(text((yield* empty.communicate())[0])).toBe("0\n");
  expect(empty.returncode).toBe(1);
});

wasiTest("a compiled module runs as its bytes do, several at a time", function* () {
  const module = new WebAssembly.Module(inC("upper"));
  const one = function* (word: string) {
    const upper = yield* createSubprocessWasi(module, { stdin: word, stdout: PIPE });
    return text((yield* upper.communicate())[0]);
  };
  expect(yield* gather(one("a"), one("b"), one("c"))).toEqual(["A", "B", "C"]);
});

wasiTest("a program that writes waits until it is read, and learns that nobody reads any more", function* () {
  const flood = { args: ["probe", "flood", "100"], stdout: PIPE } as const;
  const probe = yield* createSubprocessWasi(inC("probe"), { ...flood, limit: 1000 });
  expect(yield* thrownBy(waitFor(probe.wait(), 100))).toBeInstanceOf(TimeoutError);
  const [stdout] = yield* probe.communicate();
  expect([stdout.length, probe.returncode]).toEqual([100 * 65536, 0]);
  const cut = yield* createSubprocessWasi(inC("probe"), { ...flood, limit: 1000 });
  yield* cut.stdout.readexactly(1);
  cut.stdout.setException(new Error("nobody reads"));
  yield* cut.with(function* () {});
});

wasiTest("drain waits while the program does not read", function* () {
  const probe = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "sleep", "60000"], stdin: PIPE });
  yield* probe.with(function* () {
    probe.stdin.write(new Uint8Array(MANY_BYTES));
    expect(yield* thrownBy(waitFor(probe.stdin.drain(), 50))).toBeInstanceOf(TimeoutError);
  });
  expect(probe.returncode).toBe(-9);
});

wasiTest("writing to a program that has ended is told by drain", function* () {
  const probe = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "exit", "0"], stdin: PIPE });
  yield* probe.wait();
  probe.stdin.write("x");
  expect(yield* codeOf(probe.stdin.drain())).toBe("ECONNRESET");
});

// ── Ends ────────────────────────────────────────────────────────────────────────────────────────────────────────────

wasiTest("an exit, a trap, an abort and a full stack each have their returncode", function* () {
  const endOf = function* (...args: string[]) {
    const probe = yield* createSubprocessWasi(inC("probe"), {
      args: ["probe", ...args],
      stdout: PIPE,
      stderr: STDOUT,
    });
    const [said] = yield* probe.communicate();
    return [probe.returncode, text(said)];
  };
  expect(yield* endOf("exit", "0")).toEqual([0, ""]);
  expect(yield* endOf("exit", "42")).toEqual([42, ""]);
  expect(yield* endOf("trap")).toEqual([
    -6,
    expect.stringMatching(/^wasyncio\/wasi: the program has trapped: .+\n$/),
  ]);
  expect((yield* endOf("abort"))[0]).toBe(-6);
  expect((yield* endOf("recurse"))[0]).toBe(-6);
});

wasiTest("what is no WASI program is ENOEXEC", function* () {
  const foreign = new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0],
    ...[2, 9, 1, 3, 101, 110, 118, 1, 102, 0, 0],
  ]);
  const wrong: [Uint8Array, RegExp][] = [
    [new Uint8Array([1, 2, 3]), /no WASI program/],
    [new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), /exports no function '_start' and memory/],
    [foreign, /imports 'f' of 'env'/],
  ];
  for (const [bytes, words] of wrong) {
    const error = yield* thrownBy(createSubprocessWasi(bytes, { stdin: PIPE, stdout: PIPE }));
    expect([error.name, error.code, error.message]).toEqual([
      "ProcessError",
      "ENOEXEC",
      expect.stringMatching(words),
    ]);
  }
});

wasiTest("an endless loop, a wait for input and a sleep are killed, and no thread computes on", function* () {
  for (const args of [["spin"], ["sleep", "60000"], ["poll", "-1"]]) {
    const probe = yield* createSubprocessWasi(inC("probe"), {
      args: ["probe", ...args],
      stdin: PIPE,
      stdout: PIPE,
    });
    if (args[0] === "spin") expect(text(yield* probe.stdout.readline())).toBe("spinning\n");
    else yield* sleep(50);
    expect(probe.returncode).toBeNull();
    probe.sendSignal(args[0] === "spin" ? "SIGKILL" : "SIGTERM");
    expect(yield* probe.wait()).toBe(args[0] === "spin" ? -9 : -15);
    expect(() => probe.kill()).toThrow(expect.objectContaining({ code: "ESRCH" }));
  }
  const before = process.cpuUsage();
  yield* sleep(300);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(150);
});

wasiTest("with: leaves no thread behind, also when its start is cancelled", function* () {
  const probe = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "spin"], stdout: PIPE });
  expect(yield* probe.with(() => 5)).toBe(5);
  expect(probe.returncode).toBe(-9);
  const before = threads();
  expect(
    yield* thrownBy(timeout(0, () => createSubprocessWasi(inC("probe"), { args: ["probe", "spin"] }))),
  ).toBeInstanceOf(TimeoutError);
  yield* until("its thread has ended", () => threads() <= before);
});

wasiTest("whoever is cancelled, at its start or at any turn of its waits, leaves no thread", function* () {
  const whole = function* () {
    const upper = yield* createSubprocessWasi(inC("upper"), { stdin: PIPE, stdout: PIPE });
    return yield* upper.with(function* () {
      const [stdout] = yield* upper.communicate(new Uint8Array(200_000).fill(97));
      return stdout.length;
    });
  };
  for (let turns = 0; turns < 16; turns++) {
    const task = createTask(whole());
    for (let i = 0; i < turns; i++) yield* sleep(turns < 8 ? 0 : 3);
    task.cancel();
    try {
      expect(yield* task).toBe(200_000);
    } catch (error) {
      expect(error).toBeInstanceOf(CancelledError);
    }
  }
});

wasiTest("signals that a program cannot be sent are refused", function* () {
  const probe = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "spin"] });
  expect(() => probe.sendSignal("SIGSTOP")).toThrow(expect.objectContaining({ code: "ERR_ARGUMENT_VALUE" }));
  yield* probe.with(() => {});
});

// ── Time ────────────────────────────────────────────────────────────────────────────────────────────────────────────

wasiTest("clocks tell the time, and a sleep takes what it takes, without computing", function* () {
  const time = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "time"], stdout: PIPE });
  expect(Math.abs(Number(text((yield* time.communicate())[0])) - Date.now())).toBeLessThan(2000);
  const cpuOf = () =>
    readFileSync("/proc/self/stat", "utf8")
      .split(" ")
      .slice(13, 15)
      .map(Number)
      .reduce((a, b) => a + b);
  const asleep = yield* createSubprocessWasi(inC("probe"), { args: ["probe", "sleep", "500"], stdout: PIPE });
  const before = cpuOf();
  const sleptMs = Number(text((yield* asleep.communicate())[0]));
  expect(sleptMs).toBeGreaterThanOrEqual(500);
  // In hundredths of a second.
  expect(cpuOf() - before).toBeLessThan(30);
});

wasiTest("poll waits for input, and no longer than it is told to", function* () {
  const probe = yield* createSubprocessWasi(inC("probe"), {
    args: ["probe", "poll", "200"],
    stdin: PIPE,
    stdout: PIPE,
  });
  expect(text(yield* probe.stdout.readline())).toBe("0 -\n");
  probe.stdin.write("x");
  expect(text(yield* probe.stdout.readline())).toBe("1 x\n");
  expect(yield* probe.wait()).toBe(0);
});
