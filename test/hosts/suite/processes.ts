/** Cases: processes and pipes, and what a host without them says. */
import { assert } from "chai";
import { gather, NotSupportedError, Protocol, run, sleep, waitFor } from "wasyncio";
import {
  connectReadPipe,
  createSubprocessExec,
  createSubprocessShell,
  DEVNULL,
  PIPE,
  STDOUT,
  type SubprocessProtocol,
  subprocessExec,
} from "wasyncio/subprocess";
import { casesOf, type Here, listens, needing } from "./case.ts";
import { codeOf, text } from "./words.ts";

const MANY_BYTES = 3 * 1024 * 1024;

const lacks = ({ sockets }: Here) => sockets !== "all";

export const processes = casesOf("processes", {
  "megabytes go through a process, and its status is told": needing(listens, () =>
    run(function* () {
      const sent = Uint8Array.from({ length: MANY_BYTES }, (_, i) => i % 251);
      const cat = yield* createSubprocessShell("cat; echo err >&2; exit 3", {
        stdin: PIPE,
        stdout: PIPE,
        stderr: PIPE,
      });
      const [stdout, stderr] = yield* cat.communicate(sent);
      assert.equal(stdout.length, sent.length);
      assert.isTrue(stdout.every((byte, i) => byte === i % 251));
      assert.deepEqual([text(stderr), cat.returncode], ["err\n", 3]);
    }),
  ),

  "lines come one by one, in an async function as well": needing(listens, () =>
    run(async () => {
      const upper = await createSubprocessShell("while read line; do echo got $line; done", {
        stdin: PIPE,
        stdout: PIPE,
      });
      for (const line of ["one", "two"]) {
        upper.stdin.write(`${line}\n`);
        assert.equal(text(await upper.stdout.readline()), `got ${line}\n`);
      }
      upper.stdin.close();
      assert.equal(await upper.wait(), 0);
    }),
  ),

  "a process that does not read makes the writer wait, and one that is not read waits": needing(listens, () =>
    run(function* () {
      const held = yield* createSubprocessExec("sleep", "60", { stdin: PIPE });
      yield* held.with(function* () {
        held.stdin.write(new Uint8Array(MANY_BYTES));
        assert.equal(yield* codeOf(waitFor(held.stdin.drain(), 100)), "ERR_TIMEOUT");
      });
      const full = yield* createSubprocessShell("yes | head -c 3000000; echo done >&2", {
        stdout: PIPE,
        stderr: PIPE,
        limit: 1000,
      });
      assert.equal(yield* codeOf(waitFor(full.stderr.readline(), 200)), "ERR_TIMEOUT");
      const [stdout, stderr] = yield* full.communicate();
      assert.deepEqual([stdout.length, text(stderr), full.returncode], [3_000_000, "done\n", 0]);
    }),
  ),

  "signals end a process, whose returncode is minus the number; afterwards they are ESRCH": needing(
    listens,
    () =>
      run(function* () {
        const sleeper = yield* createSubprocessExec("sleep", "60", { stdout: DEVNULL });
        sleeper.terminate();
        assert.equal(yield* sleeper.wait(), -15);
        let code: unknown;
        try {
          sleeper.kill();
        } catch (error) {
          code = (error as { code?: unknown }).code;
        }
        assert.equal(code, "ESRCH");
        const stubborn = yield* createSubprocessShell("trap '' TERM; echo ready; exec sleep 60", {
          stdout: PIPE,
        });
        yield* stubborn.stdout.readline();
        stubborn.terminate();
        assert.equal(yield* codeOf(waitFor(stubborn.wait(), 50)), "ERR_TIMEOUT");
        stubborn.kill();
        assert.equal(yield* stubborn.wait(), -9);
      }),
  ),

  "communicate that is cancelled leaves the process alone, and `with` ends it": needing(listens, () =>
    run(function* () {
      const cat = yield* createSubprocessExec("cat", { stdin: PIPE, stdout: PIPE });
      const sleeper = yield* createSubprocessExec("sleep", "60", { stdout: PIPE });
      yield* sleeper.with(function* () {
        assert.equal(yield* codeOf(waitFor(sleeper.communicate(), 20)), "ERR_TIMEOUT");
        assert.isNull(sleeper.returncode);
      });
      assert.equal(sleeper.returncode, -9);
      const [stdout] = yield* cat.communicate("x");
      assert.deepEqual([text(stdout), cat.returncode], ["x", 0]);
    }),
  ),

  "stderr joins stdout, in order; cwd, env and detached are the process's": needing(listens, () =>
    run(function* () {
      const line = "echo $WORD$HOME; echo $PWD >&2; ps -o sid= -p $$";
      const shell = yield* createSubprocessExec("sh", "-c", line, {
        stdout: PIPE,
        stderr: STDOUT,
        cwd: "/",
        env: { WORD: "word", PATH: "/usr/bin:/bin" },
        detached: true,
      });
      const [stdout] = yield* shell.communicate();
      assert.deepEqual(text(stdout).split(/\s+/), ["word", "/", String(shell.pid), ""]);
      const joined = { stdout: PIPE, stderr: STDOUT } as const;
      assert.equal(yield* codeOf(createSubprocessExec("nonsuch-program", joined)), "ENOENT");
    }),
  ),

  "what cannot be started says why by its code": needing(listens, () =>
    run(function* () {
      assert.equal(yield* codeOf(createSubprocessExec("/nonsuch/program", { stdin: PIPE })), "ENOENT");
      assert.equal(yield* codeOf(createSubprocessExec("/etc/passwd", { stdout: PIPE })), "EACCES");
      assert.equal(yield* codeOf(createSubprocessExec("/etc")), "EACCES");
      assert.equal(yield* codeOf(createSubprocessExec("true", { cwd: "/nonsuch" })), "ENOENT");
      assert.equal(yield* codeOf(createSubprocessExec("true", { cwd: "/etc/passwd" })), "ENOTDIR");
    }),
  ),

  "a protocol is told all, the end last": needing(listens, () =>
    run(function* () {
      const told: string[] = [];
      let written = "";
      const protocol: SubprocessProtocol = {
        pipeDataReceived: (_, bytes) => {
          written += text(bytes);
        },
        pipeConnectionLost: (fd, error) => told.push(`lost ${fd} ${error}`),
        processExited: () => told.push("exited"),
        connectionLost: () => told.push("over"),
      };
      yield* subprocessExec(() => protocol, "echo", "hello", { stdin: PIPE, stdout: PIPE });
      for (let i = 0; i < 1000 && !told.includes("over"); i++) yield* sleep(5);
      assert.equal(written, "hello\n");
      assert.equal(told.at(-1), "over");
      assert.sameMembers(told, ["lost 0 undefined", "lost 1 undefined", "exited", "over"]);
    }),
  ),

  "forty at a time, some killed, are all told of": needing(listens, () =>
    run(function* () {
      const one = function* (i: number) {
        const cat = yield* createSubprocessShell(`cat; exit ${i}`, { stdin: PIPE, stdout: PIPE });
        if (i % 2 === 0) cat.kill();
        const [stdout] = yield* cat.communicate(String(i));
        return i % 2 === 0 ? cat.returncode === -9 : text(stdout) === String(i) && cat.returncode === i;
      };
      const good = yield* gather(...Array.from({ length: 40 }, (_, i) => one(i)));
      assert.isTrue(good.every((each) => each));
    }),
  ),

  "where there are none, the error names what to do": needing(lacks, ({ host }) =>
    run(function* () {
      const protocol = () => new Protocol();
      for (const operation of [
        createSubprocessExec("true"),
        createSubprocessShell("true"),
        connectReadPipe(protocol, 0),
      ]) {
        let error: unknown;
        try {
          yield* operation;
        } catch (thrown) {
          error = thrown;
        }
        assert.instanceOf(error, NotSupportedError);
        assert.equal((error as NotSupportedError).host, host);
        assert.include((error as Error).message, "wasyncio/wasi");
      }
    }),
  ),
});
