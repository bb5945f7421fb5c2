// Processes by createSubprocessExec and createSubprocessShell, on this host's real processes.

import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, expectTypeOf, test } from "vitest";
import {
  CancelledError,
  createTask,
  gather,
  newEventLoop,
  run,
  type StreamReader,
  type StreamWriter,
  sleep,
  TimeoutError,
  timeout,
  waitFor,
} from "wasyncio";
import {
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  type Process,
  ProcessError,
  STDOUT,
} from "wasyncio/subprocess";
import { bytes, text, thrownBy, until } from "../io/harness.ts";
import { childrenOf, codeOf, isAlive, processTest } from "./harness.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "wasyncio-process-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const UNHURRIED = { stdin: DEVNULL, stdout: DEVNULL, stderr: DEVNULL } as const;
const MANY_BYTES = 5 * 1024 * 1024;

/** Waits for the shell's word that it has set what it was told to. */
function* ready(process: { readonly stdout: StreamReader }): Generator<unknown, void, unknown> {
  expect(text(yield* process.stdout.readline())).toBe("ready\n");
}

processTest(
  "createSubprocessExec hands arguments over as they are, and gives output and status",
  function* () {
    const process = yield* createSubprocessExec("printf", "%s|", "a b", "$HOME", "", "ü'\"", {
      stdout: PIPE,
    });
    expectTypeOf(process).toEqualTypeOf<Process<null, StreamReader, null>>();
    const [stdout, stderr] = yield* process.communicate();
    expect(text(stdout)).toBe("a b|$HOME||ü'\"|");
    expect(stderr).toBeNull();
    expect(process.returncode).toBe(0);
    expect([process.stdin, process.stderr]).toEqual([null, null]);
  },
);

processTest("createSubprocessShell runs a line, and its status is the shell's", function* () {
  const process = yield* createSubprocessShell("echo one | tr a-z A-Z; echo two >&2; exit 3", {
    stdout: PIPE,
    stderr: PIPE,
  });
  const [stdout, stderr] = yield* process.communicate();
  expect([text(stdout), text(stderr), process.returncode]).toEqual(["ONE\n", "two\n", 3]);
});

test("an async function awaits all of it", async () => {
  await run(async () => {
    const process = await createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
    expectTypeOf(process.stdin).toEqualTypeOf<StreamWriter>();
    process.stdin.write("one\ntwo\n");
    process.stdin.close();
    const lines: string[] = [];
    for await (const line of process.stdout) lines.push(text(line));
    expect(lines).toEqual(["one\n", "two\n"]);
    expect(await process.wait()).toBe(0);
  });
});

processTest("communicate carries megabytes both ways at once", function* () {
  const sent = Uint8Array.from({ length: MANY_BYTES }, (_, i) => i % 251);
  const process = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
  const [received] = yield* process.communicate(sent);
  expect(Buffer.compare(received, sent)).toBe(0);
});

processTest("communicate does not mind that the process reads no further", function* () {
  const process = yield* createSubprocessExec("head", "-c", "1", { stdin: PIPE, stdout: PIPE });
  const [stdout] = yield* process.communicate(new Uint8Array(MANY_BYTES).fill(120));
  expect([text(stdout), process.returncode]).toEqual(["x", 0]);
});

processTest("communicate without input closes stdin", function* () {
  const process = yield* createSubprocessExec("wc", "-c", { stdin: PIPE, stdout: PIPE });
  const [stdout] = yield* process.communicate();
  expect(text(stdout).trim()).toBe("0");
});

processTest("communicate that is cancelled leaves the process alone", function* () {
  const process = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
  yield* process.with(function* () {
    expect(yield* thrownBy(waitFor(process.stdout.read(), 20))).toBeInstanceOf(TimeoutError);
    const other = yield* createSubprocessShell("trap '' TERM; echo ready; exec sleep 60", { stdout: PIPE });
    yield* other.with(function* () {
      expect(yield* thrownBy(waitFor(other.communicate(), 20))).toBeInstanceOf(TimeoutError);
      expect(other.returncode).toBeNull();
      expect(isAlive(other.pid)).toBe(true);
    });
    expect(process.returncode).toBeNull();
    const [stdout] = yield* process.communicate("still there");
    expect([text(stdout), process.returncode]).toEqual(["still there", 0]);
  });
});

processTest("wait that is cancelled leaves the process alone, and all who wait are told", function* () {
  const process = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: DEVNULL });
  expect(yield* thrownBy(waitFor(process.wait(), 5))).toBeInstanceOf(TimeoutError);
  const waits = gather(process.wait(), process.wait(), process.wait());
  yield* sleep(1);
  process.stdin.close();
  expect(yield* waits).toEqual([0, 0, 0]);
  expect(yield* process.wait()).toBe(0);
});

processTest("a process that fills its pipe waits until it is read", function* () {
  const process = yield* createSubprocessShell("yes | head -c 3000000; echo done >&2", {
    stdout: PIPE,
    stderr: PIPE,
    limit: 1000,
  });
  expect(yield* thrownBy(waitFor(process.stderr.readline(), 100))).toBeInstanceOf(TimeoutError);
  expect(yield* thrownBy(waitFor(process.wait(), 20))).toBeInstanceOf(TimeoutError);
  let count = 0;
  for (;;) {
    const some = yield* process.stdout.read(100_000);
    if (some.length === 0) break;
    count += some.length;
  }
  expect([count, text(yield* process.stderr.readline()), yield* process.wait()]).toEqual([3e6, "done\n", 0]);
});

processTest("drain waits while the process does not read, and the limit is that of the reader", function* () {
  const process = yield* createSubprocessShell("read line; cat > /dev/null; echo $line", {
    stdin: PIPE,
    stdout: PIPE,
    limit: 8,
  });
  const held = yield* createSubprocessExec("sleep", "60", { stdin: PIPE });
  yield* held.with(function* () {
    held.stdin.write(new Uint8Array(MANY_BYTES));
    expect(yield* thrownBy(waitFor(held.stdin.drain(), 50))).toBeInstanceOf(TimeoutError);
  });
  process.stdin.write("a line that is longer than the limit\n");
  process.stdin.write(new Uint8Array(MANY_BYTES));
  yield* process.stdin.drain();
  process.stdin.close();
  expect(yield* codeOf(process.stdout.readline())).toBe("ERR_LINE_TOO_LONG");
  yield* process.wait();
});

processTest("writing to a process that has closed its input fails with EPIPE", function* () {
  const process = yield* createSubprocessShell("exec <&-; echo ready; exec sleep 60", {
    stdin: PIPE,
    stdout: PIPE,
  });
  yield* process.with(function* () {
    yield* ready(process);
    let code: unknown = "no error";
    for (let i = 0; i < 100 && code === "no error"; i++) {
      process.stdin.write("x");
      code = yield* codeOf(process.stdin.drain());
      yield* sleep(1);
    }
    expect(code).toBe("EPIPE");
    expect(process.returncode).toBeNull();
  });
});

// ── Streams elsewhere ───────────────────────────────────────────────────────────────────────────────────────────────

processTest(
  "stderr goes where stdout goes, in order, and the program has the process's number",
  function* () {
    const process = yield* createSubprocessExec("sh", "-c", "echo $$; echo b >&2; echo c; echo d >&2", {
      stdout: PIPE,
      stderr: STDOUT,
    });
    expectTypeOf(process.stderr).toEqualTypeOf<null>();
    const [stdout] = yield* process.communicate();
    expect(text(stdout)).toBe(`${process.pid}\nb\nc\nd\n`);
    const shell = yield* createSubprocessShell("echo a; nonsuch-command", { stdout: PIPE, stderr: STDOUT });
    const [said] = yield* shell.communicate();
    expect(text(said)).toMatch(/^a\n.*nonsuch-command: not found\n$/);
    expect(shell.returncode).toBe(127);
  },
);

processTest("with stderr joined, arguments and errors are what they are without", function* () {
  const joined = { stdout: PIPE, stderr: STDOUT } as const;
  const process = yield* createSubprocessExec("printf", "%s|", "a b", "$0", "'", joined);
  expect(text((yield* process.communicate())[0])).toBe("a b|$0|'|");
  writeFileSync(join(folder, "plain"), "");
  expect(yield* codeOf(createSubprocessExec("nonsuch-program", joined))).toBe("ENOENT");
  expect(yield* codeOf(createSubprocessExec(join(folder, "plain"), joined))).toBe("EACCES");
  expect(yield* codeOf(createSubprocessExec(folder, joined))).toBe("EACCES");
  const killed = yield* createSubprocessExec("sleep", "60", joined);
  killed.kill();
  expect(yield* killed.wait()).toBe(-9);
});

processTest("streams are files, by descriptor or by what has one", function* () {
  const path = join(folder, "file");
  const fd = openSync(path, "w");
  const one = yield* createSubprocessShell("echo out; echo err >&2", { stdout: fd, stderr: { fd } });
  expect(yield* one.wait()).toBe(0);
  closeSync(fd);
  expect(readFileSync(path, "utf8")).toBe("out\nerr\n");
  const input = openSync(path, "r");
  const two = yield* createSubprocessExec("cat", { stdin: input, stdout: PIPE });
  closeSync(input);
  expect(text((yield* two.communicate())[0])).toBe("out\nerr\n");
});

processTest("DEVNULL gives nothing and takes everything", function* () {
  const process = yield* createSubprocessShell("wc -c >&2; yes | head -c 3000000", {
    stdin: DEVNULL,
    stdout: DEVNULL,
    stderr: PIPE,
  });
  const [, stderr] = yield* process.communicate();
  expect(text(stderr).trim()).toBe("0");
});

processTest("cwd, env and detached are the process's", function* () {
  const process = yield* createSubprocessExec("sh", "-c", "pwd; echo $WORD:$HOME:$GONE; ps -o sid= -p $$", {
    stdout: PIPE,
    cwd: folder,
    env: { WORD: "word", PATH: globalThis.process.env.PATH, GONE: undefined },
    detached: true,
  });
  const [stdout] = yield* process.communicate();
  expect(text(stdout).replaceAll(" ", "")).toBe(`${folder}\nword::\n${process.pid}\n`);
});

// ── What does not start ─────────────────────────────────────────────────────────────────────────────────────────────

processTest(
  "a program that is not there or cannot be run is a ProcessError with the system's code",
  function* () {
    const plain = join(folder, "plain-file");
    writeFileSync(plain, "echo no");
    const error = (yield* thrownBy(
      createSubprocessExec("/nonsuch/program", { stdin: PIPE, stdout: PIPE }),
    )) as ProcessError;
    expect(error).toBeInstanceOf(ProcessError);
    expect(error.code).toBe("ENOENT");
    expect(error.message).toMatch(/^cannot start '\/nonsuch\/program': .*; check the name and PATH/);
    expect(yield* codeOf(createSubprocessExec("nonsuch-program"))).toBe("ENOENT");
    expect(yield* codeOf(createSubprocessExec(plain, UNHURRIED))).toBe("EACCES");
    expect(yield* codeOf(createSubprocessExec(folder, UNHURRIED))).toBe("EACCES");
    const nowhere = (yield* thrownBy(createSubprocessExec("true", { cwd: "/nonsuch" }))) as ProcessError;
    expect([nowhere.code, nowhere.message]).toEqual(["ENOENT", expect.stringContaining("cwd '/nonsuch'")]);
    expect(yield* codeOf(createSubprocessExec("true", { cwd: plain }))).toBe("ENOTDIR");
    expect(yield* codeOf(createSubprocessShell("true", { cwd: "/nonsuch" }))).toBe("ENOENT");
    expect(yield* codeOf(createSubprocessExec("true", "x".repeat(3_000_000)))).toBe("E2BIG");
  },
);

processTest("a start that is not waited for starts nothing", function* () {
  const before = childrenOf().length;
  createSubprocessExec("sleep", "60");
  yield* sleep(5);
  expect(childrenOf().length).toBe(before);
});

// ── Signals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

processTest("after a signal the returncode is minus its number", function* () {
  const codes: number[] = [];
  for (const signal of ["SIGTERM", "SIGKILL", "SIGINT", "SIGUSR1"] as const) {
    const process = yield* createSubprocessExec("sleep", "60");
    process.sendSignal(signal);
    codes.push(yield* process.wait());
  }
  expect(codes).toEqual([-15, -9, -2, -10]);
  const process = yield* createSubprocessExec("sleep", "60");
  process.terminate();
  expect(yield* process.wait()).toBe(-15);
});

processTest(
  "a signal to a process that has ended is ESRCH, and one that there is not an ArgumentError",
  function* () {
    const process = yield* createSubprocessExec("true");
    expect(() => process.sendSignal("SIGNOT" as never)).toThrow(
      expect.objectContaining({ code: "ERR_ARGUMENT_VALUE" }),
    );
    yield* process.wait();
    for (const send of [
      () => process.kill(),
      () => process.terminate(),
      () => process.sendSignal("SIGINT"),
    ]) {
      expect(send).toThrow(expect.objectContaining({ name: "ProcessError", code: "ESRCH" }));
    }
  },
);

processTest("a process that has ended and is not known to have may be sent signals", function* () {
  const process = yield* createSubprocessExec("true");
  // Without a turn, the loop cannot have been told.
  const endMs = Date.now() + 5000;
  while (isAlive(process.pid) && Date.now() < endMs);
  process.kill();
  expect(yield* process.wait()).toBe(0);
});

processTest("a process that ignores SIGTERM goes on, and SIGKILL ends it", function* () {
  const process = yield* createSubprocessShell("trap '' TERM; echo ready; exec sleep 60", { stdout: PIPE });
  yield* ready(process);
  process.terminate();
  expect(yield* thrownBy(waitFor(process.wait(), 50))).toBeInstanceOf(TimeoutError);
  process.kill();
  expect(yield* process.wait()).toBe(-9);
});

processTest("wait ends with the process, though a child of its own holds the pipe", function* () {
  const process = yield* createSubprocessShell("sleep 60 & echo $!", { stdout: PIPE, stderr: DEVNULL });
  const child = Number(text(yield* process.stdout.readline()));
  expect(yield* process.wait()).toBe(0);
  yield* process.with(function* () {});
  globalThis.process.kill(child, "SIGKILL");
});

// ── Scopes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

processTest("with: the process is killed and reaped, however the body is left", function* () {
  const start = function* () {
    const process = yield* createSubprocessShell("trap '' TERM; echo ready; exec sleep 60", {
      stdout: PIPE,
      stdin: PIPE,
    });
    // One that still has this to write may end by a pipe that is closed before the signal comes.
    yield* process.stdout.readline();
    return process;
  };
  const returned = yield* start();
  expect(yield* returned.with(() => 7)).toBe(7);
  expect(returned.returncode).toBe(-9);

  const threw = yield* start();
  const error = new Error("left");
  expect(
    yield* thrownBy(
      threw.with(async () => {
        await sleep(1);
        throw error;
      }),
    ),
  ).toBe(error);
  expect(threw.returncode).toBe(-9);

  const cancelled = yield* start();
  const task = createTask(() => cancelled.with(() => cancelled.stdout.read()));
  yield* sleep(5);
  task.cancel();
  yield;
  task.cancel();
  expect(yield* codeOf(task)).toBe("ERR_CANCELLED");
  expect(cancelled.returncode).toBe(-9);

  const ended = yield* createSubprocessExec("true");
  expect(yield* ended.with(() => ended.wait())).toBe(0);
});

processTest("with: bytes that nobody reads and bytes that nobody takes hold nothing up", function* () {
  const process = yield* createSubprocessExec("yes", { stdin: PIPE, stdout: PIPE, stderr: DEVNULL });
  yield* timeout(5000, () =>
    process.with(function* () {
      process.stdin.write(new Uint8Array(MANY_BYTES));
      yield* sleep(20);
    }),
  );
});

test("await using ends the process", async () => {
  await run(async () => {
    const process = await createSubprocessExec("sleep", "60");
    await process[Symbol.asyncDispose]();
    expect(process.returncode).toBe(-9);
  });
});

// ── The loop's end ──────────────────────────────────────────────────────────────────────────────────────────────────

processTest(
  "whoever is cancelled, at its start or at any turn of its waits, leaves nothing",
  function* () {
    const whole = function* () {
      const cat = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE, stderr: STDOUT });
      return yield* cat.with(function* () {
        const [stdout] = yield* cat.communicate(new Uint8Array(200_000));
        return stdout.length;
      });
    };
    const asFunction = async () => {
      const cat = await createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      await using _ = cat;
      cat.stdin.write(new Uint8Array(200_000));
      await cat.stdin.drain();
      cat.stdin.close();
      return (await cat.stdout.read()).length + (await cat.wait());
    };
    for (let turns = 0; turns < 16; turns++) {
      for (const start of [() => createTask(whole()), () => createTask(asFunction)]) {
        const task = start();
        for (let i = 0; i < turns; i++) yield* sleep(turns < 8 ? 0 : 1);
        task.cancel();
        try {
          expect(yield* task).toBe(200_000);
        } catch (error) {
          expect(error).toBeInstanceOf(CancelledError);
        }
      }
    }
  },
  30_000,
);

test("when the loop is closed, what still runs is killed, and what is detached goes on", async () => {
  const loop = newEventLoop();
  const pids: number[] = [];
  await loop.runUntilComplete(function* () {
    for (const detached of [false, true]) {
      const process = yield* createSubprocessExec("sleep", "60", { detached, stdout: PIPE });
      pids.push(process.pid);
    }
  });
  loop.close();
  await run(() => until("it is dead", () => !isAlive(pids[0] as number)));
  expect(isAlive(pids[1] as number)).toBe(true);
  process.kill(pids[1] as number, "SIGKILL");
  await run(() => until("it is reaped", () => childrenOf().every(({ pid }) => !pids.includes(pid))));
});

processTest(
  "sixty at a time leave nothing behind",
  function* () {
    const one = function* (i: number) {
      const process = yield* createSubprocessShell(`cat; exit ${i}`, {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      if (i % 3 === 0) return yield* process.with(() => process.stdin.write("x"));
      if (i % 3 === 1) process.kill();
      const [stdout] = yield* process.communicate(bytes(String(i)));
      return i % 3 === 1 ? expect(process.returncode).toBe(-9) : expect(text(stdout)).toBe(String(i));
    };
    yield* gather(...Array.from({ length: 60 }, (_, i) => one(i)));
  },
  30_000,
);
