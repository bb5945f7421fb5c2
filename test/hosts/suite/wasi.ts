/** Cases: WASI programs, in a worker, in a process or in place, as the host has it. */
import { assert } from "chai";
import { gather, NotSupportedError, run, type StreamReader, type StreamWriter, sleep } from "wasyncio";
import { createSubprocessWasi, MemoryFolder, PIPE, STDOUT } from "wasyncio/wasi";
import { casesOf, type Here, needing } from "./case.ts";
import { codeOf, text } from "./words.ts";

const MANY_BYTES = 1024 * 1024;

/** Whether anything but what was imported as a module may be compiled, and there are the programs. */
const runs = ({ host, programs }: Here) => host !== "workerd" && programs !== null;
const inPlace = ({ host, startsWorkers }: Here) =>
  host === "workerd" || host === "edge-light" || startsWorkers === false;
const killable = (here: Here) => runs(here) && !inPlace(here);
/** Input through a pipe takes a process, or memory to share with a worker. */
const talks = (here: Here) =>
  killable(here) && (here.host === "deno" || here.host === "bun" || here.sharesMemory !== false);

function programOf({ programs }: Here, name: "upper" | "sort" | "calc" | "probe"): Uint8Array {
  const text = atob(programs?.[name] ?? "");
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function* join(from: StreamReader, to: StreamWriter) {
  for (let some = yield* from.read(65_536); some.length > 0; some = yield* from.read(65_536)) {
    to.write(some);
    yield* to.drain();
  }
  to.close();
}

export const wasi = casesOf("wasi", {
  "a program reads what it is given and tells what it makes of it": needing(runs, (here) =>
    run(function* () {
      const sort = yield* createSubprocessWasi(programOf(here, "sort"), {
        args: ["sort", "-r"],
        stdin: "a\nc\nb\n",
        stdout: PIPE,
        stderr: PIPE,
      });
      const [stdout, stderr] = yield* sort.communicate();
      assert.deepEqual([text(stdout), text(stderr), sort.returncode], ["c\nb\na\n", "", 0]);
    }),
  ),

  "ends of all kinds have their returncode": needing(runs, (here) =>
    run(function* () {
      const probe = programOf(here, "probe");
      const endOf = function* (...args: string[]) {
        const ended = yield* createSubprocessWasi(probe, {
          args: ["probe", ...args],
          stdout: PIPE,
          stderr: STDOUT,
        });
        const [said] = yield* ended.communicate();
        return [ended.returncode, text(said).startsWith("wasyncio/wasi: the program has trapped: ")];
      };
      assert.deepEqual(yield* endOf("exit", "42"), [42, false]);
      assert.deepEqual(yield* endOf("trap"), [-6, true]);
      assert.deepEqual(yield* endOf("recurse"), [-6, true]);
    }),
  ),

  "what is no program is ENOEXEC": (here) =>
    run(function* () {
      const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
      for (const bytes of [new Uint8Array(3), empty, ...(runs(here) ? [] : [programOf(here, "sort")])])
        assert.equal(yield* codeOf(createSubprocessWasi(bytes, { stdout: PIPE })), "ENOEXEC");
    }),

  "files are those that were handed in, and come back": needing(runs, (here) =>
    run(function* () {
      const probe = programOf(here, "probe");
      const folder = new MemoryFolder({ old: "old", kept: "kept" });
      const changing = yield* createSubprocessWasi(probe, {
        args: ["probe", "change"],
        preopens: { "/data": folder },
      });
      assert.equal(yield* changing.wait(), 0);
      const { made, moved } = folder.files as { made: { file: Uint8Array }; moved: Uint8Array };
      assert.deepEqual(
        [Object.keys(folder.files), text(made.file), text(moved)],
        [["made", "moved"], "made\n", "kept"],
      );
      const paths = ["/data/moved", "/data/../data/moved", "/data/../../etc/passwd", "/etc/passwd"];
      const opening = yield* createSubprocessWasi(probe, {
        args: ["probe", "open", ...paths],
        preopens: { "/data": folder },
        stdout: PIPE,
      });
      const [said] = yield* opening.communicate();
      const done = text(said)
        .split("\n")
        .filter((line) => line.endsWith(": done"));
      assert.deepEqual(done, ["/data/moved: done"]);
    }),
  ),

  "an interpreter is talked to, and megabytes go through a row of programs": needing(talks, (here) =>
    run(function* () {
      const calc = yield* createSubprocessWasi(programOf(here, "calc"), { stdin: PIPE, stdout: PIPE });
      calc.stdin.write("x = 2 * (3 + 4)\nx / 4\n");
      assert.equal(text(yield* calc.stdout.readline()), "3.5\n");
      calc.stdin.write("-x\n");
      assert.equal(text(yield* calc.stdout.readline()), "-14\n");
      calc.stdin.close();
      assert.equal(yield* calc.wait(), 0);

      const upper = programOf(here, "upper");
      const one = yield* createSubprocessWasi(upper, { stdin: PIPE, stdout: PIPE });
      const two = yield* createSubprocessWasi(upper, { stdin: PIPE, stdout: PIPE });
      const feed = function* () {
        one.stdin.write(new Uint8Array(MANY_BYTES).fill(97));
        yield* one.stdin.drain();
        one.stdin.close();
      };
      const [stdout] = yield* gather(two.stdout.read(), join(one.stdout, two.stdin), feed());
      assert.equal(stdout.length, MANY_BYTES);
      assert.isTrue(stdout.every((byte) => byte === 65));
      assert.deepEqual([yield* one.wait(), yield* two.wait()], [0, 0]);
    }),
  ),

  "an endless loop is killed, and so is a program that waits": needing(killable, (here) =>
    run(function* () {
      const probe = programOf(here, "probe");
      for (const args of [["spin"], ["sleep", "60000"]]) {
        const endless = yield* createSubprocessWasi(probe, { args: ["probe", ...args], stdout: PIPE });
        if (args[0] === "spin") assert.equal(text(yield* endless.stdout.readline()), "spinning\n");
        yield* sleep(20);
        assert.isNull(endless.returncode);
        endless.kill();
        assert.equal(yield* endless.wait(), -9);
      }
    }),
  ),

  "a sleep takes what it takes": needing(runs, (here) =>
    run(function* () {
      const asleep = yield* createSubprocessWasi(programOf(here, "probe"), {
        args: ["probe", "sleep", "100"],
        stdout: PIPE,
      });
      const [said] = yield* asleep.communicate();
      assert.isAtLeast(Number(text(said)), 99);
      assert.equal(asleep.returncode, 0);
    }),
  ),

  "poll waits for input, and no longer than it is told to": needing(talks, (here) =>
    run(function* () {
      const polling = function* (timeoutMs: string) {
        return yield* createSubprocessWasi(programOf(here, "probe"), {
          args: ["probe", "poll", timeoutMs],
          stdin: PIPE,
          stdout: PIPE,
        });
      };
      const patient = yield* polling("-1");
      patient.stdin.write("xy");
      assert.equal(text(yield* patient.stdout.readline()), "1 x\n");
      assert.equal(text(yield* patient.stdout.readline()), "1 y\n");
      const brief = yield* polling("300");
      assert.equal(text(yield* brief.stdout.readline()), "0 -\n");
      brief.stdin.write("x");
      assert.equal(text(yield* brief.stdout.readline()), "1 x\n");
      const atEnd = yield* polling("-1");
      atEnd.stdin.close();
      assert.equal(text(yield* atEnd.stdout.readline()), "1 -\n");
      const killed = yield* polling("-1");
      killed.kill();
      assert.equal(yield* killed.wait(), -9);
      for (const each of [patient, brief, atEnd]) assert.equal(yield* each.wait(), 0);
    }),
  ),

  "input through a pipe, where it cannot be, is refused by words that say what to do": needing(
    (here) => runs(here) && !talks(here),
    (here) =>
      run(function* () {
        let error: unknown;
        try {
          yield* createSubprocessWasi(programOf(here, "upper"), { stdin: PIPE });
        } catch (thrown) {
          error = thrown;
        }
        assert.instanceOf(error, NotSupportedError);
        assert.include((error as Error).message, "give all of the input");
      }),
  ),
});
