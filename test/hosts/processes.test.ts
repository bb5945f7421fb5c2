/**
 * What only a process can show, on each host that is one: that it ends when the run ends and not before, how it ends, and
 * what it says without the means or the leave to run.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChildOutcome, runChild } from "../../hosts/child.ts";
import { bun, type CommandDriver, deno, otherNodes, thisNode } from "../../hosts/process.ts";
import { hasClang, programInC } from "../wasi/programs.ts";
import { installedFolder } from "./package.ts";

const COMMANDS = [thisNode, ...otherNodes, deno, bun];
const TIMEOUT_MS = 20_000;

let folder: string;

beforeAll(() => {
  folder = join(installedFolder(), "processes");
  mkdirSync(folder, { recursive: true });
});

let written = 0;

/** Runs a program in a process of its own, next to the installed package. */
async function outcomeOf(
  driver: CommandDriver,
  program: string,
  { kind = "mjs", args }: { kind?: "mjs" | "cjs"; args?: readonly string[] } = {},
): Promise<ChildOutcome> {
  const file = join(folder, `${written++}.${kind}`);
  writeFileSync(file, program);
  const [command, before] = driver.command(args);
  return await runChild(command, [...before, file], { cwd: folder, timeoutMs: TIMEOUT_MS });
}

const PREAMBLE = `
  import { adopt, createTask, getRunningLoop, newEventLoop, openConnection, run, sleep, startServer } from "wasyncio";
  import { setTimeout as setHostTimeout } from "node:timers";
`;

for (const driver of COMMANDS) {
  describe.skipIf(driver.path === undefined)(driver.name, () => {
    test("the process stays alive while a run waits only for a promise, and ends with it", async () => {
      const outcome = await outcomeOf(
        driver,
        `${PREAMBLE}
        const later = new Promise((resolve) => setHostTimeout(resolve, 200).unref());
        run(function* () {
          yield* adopt(later);
          console.log("waited");
        });`,
      );
      expect(outcome).toMatchObject({ code: 0, stdout: "waited\n", timedOut: false });
    });

    test("the process ends when the run has ended, whatever is still set in the loop", async () => {
      const outcome = await outcomeOf(
        driver,
        `${PREAMBLE}
        const loop = newEventLoop();
        loop.callLater(3_600_000, () => {});
        await loop.runUntilComplete(sleep(5));
        await run(function* () {
          createTask(sleep(3_600_000));
          yield* startServer(() => {});
        });
        console.log("over");`,
      );
      expect(outcome).toMatchObject({ code: 0, stdout: "over\n", timedOut: false });
    });

    test("an uncaught error ends the process with a status that shows it, and is printed", async () => {
      const outcome = await outcomeOf(
        driver,
        `${PREAMBLE}
        await run(function* () {
          yield* sleep(1);
          throw new RangeError("out of reach");
        });`,
      );
      expect(outcome.timedOut).toBe(false);
      expect(outcome.code).not.toBe(0);
      expect(outcome.stderr).toContain("out of reach");
    });

    test("require gives the package, and the program runs", async () => {
      const program = `
        const { run, sleep } = require("wasyncio");
        run(function* () { return yield* sleep(1, "required"); }).then(console.log);`;
      const outcome = await outcomeOf(driver, program, { kind: "cjs" });
      expect(outcome).toMatchObject({ code: 0, stdout: "required\n" });
    });
  });
}

describe.skipIf(deno.path === undefined)("Deno without permission for anything", () => {
  const args = ["run", "--no-prompt"];

  test("runs programs", async () => {
    const program = `import { run, sleep } from "wasyncio"; console.log(await run(sleep(1, "ran")));`;
    expect(await outcomeOf(deno, program, { args })).toMatchObject({ code: 0, stdout: "ran\n" });
  });

  test.each([
    ["openConnection", `openConnection("127.0.0.1", 9)`, "--allow-net=127.0.0.1:9"],
    ["openConnection of a path", `openConnection({ path: "/tmp/none" })`, "--allow-read=/tmp/none"],
    ["startServer", "startServer(() => {})", "--allow-net=127.0.0.1:0"],
    ["getaddrinfo", `getaddrinfo("localhost")`, "--allow-net=localhost"],
  ])("%s tells how to give leave", async (_what, call, flag) => {
    const program = `
      import { getaddrinfo, openConnection, run, startServer } from "wasyncio";
      try {
        await run(function* () { yield* ${call}; });
      } catch (error) {
        console.log(error.name, error.code, error.message);
      }`;
    const { code, stdout } = await outcomeOf(deno, program, { args });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NetworkError EACCES /);
    expect(stdout).toContain(flag);
  });
});

describe.skipIf(deno.path === undefined)("processes on Deno", () => {
  const program = `
    import { run } from "wasyncio";
    import { createSubprocessExec, DEVNULL, PIPE, STDOUT } from "wasyncio/subprocess";
    await run(async () => {
      for (const options of [{ stdout: PIPE }, { stdout: PIPE, env: {} }, { stdout: PIPE, stderr: STDOUT }]) {
        try {
          const process = await createSubprocessExec("/bin/echo", "ran", options);
          console.log(new TextDecoder().decode((await process.communicate())[0]).trim());
        } catch (error) {
          console.log(error.name, error.code, error.message.replace(/^.*: /, ""));
        }
      }
      const sleeping = await createSubprocessExec("/bin/sleep", "60", { env: {}, stdout: DEVNULL });
      try {
        sleeping.terminate();
      } catch (error) {
        console.log(error.name, error.code, error.message.replace(/^.*: /, ""));
      }
      await sleeping.with(() => {});
      console.log(sleeping.returncode);
    }).catch((error) => console.log(error.code));`;
  const refusal = "ProcessError EACCES Deno was started without permission for it; run it with";

  test.each<[args: string[], lines: string[]]>([
    [
      [],
      [
        `${refusal} --allow-run=/bin/echo --allow-env`,
        `${refusal} --allow-run=/bin/echo --allow-env=NODE_V8_COVERAGE`,
        `${refusal} --allow-run=/bin/sh --allow-run=/bin/echo --allow-env`,
        "EACCES",
      ],
    ],
    [
      ["--allow-run=/bin/echo,/bin/sleep", "--allow-env=NODE_V8_COVERAGE"],
      [
        `${refusal} --allow-env`,
        "ran",
        `${refusal} --allow-run=/bin/sh --allow-env`,
        "ProcessError EACCES Deno was started without permission for SIGTERM; run it with --allow-run",
        "-9",
      ],
    ],
    [
      ["--allow-run", "--allow-env"],
      ["ran", "ran", "ran", "-15"],
    ],
  ])("with %j, what is not permitted says how to permit it", async (args, lines) => {
    const { stdout, stderr } = await outcomeOf(deno, program, { args: ["run", "--no-prompt", ...args] });
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual(lines);
  });
});

describe.skipIf(deno.path === undefined)("executors and WASI programs on Deno", () => {
  /** It exports memory and a `_start` that does nothing. */
  const nothing = [
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 19, 2],
    ...[6, 109, 101, 109, 111, 114, 121, 2, 0, 6, 95, 115, 116, 97, 114, 116, 0, 0, 10, 4, 1, 2, 0, 11],
  ];
  const program = `
    import { getRunningLoop, run, sleep, toThread } from "wasyncio";
    import { fromModule, ProcessPoolExecutor, ThreadPoolExecutor } from "wasyncio/executors";
    import { createSubprocessWasi, HostFolder } from "wasyncio/wasi";
    import process from "node:process";
    const tasks = fromModule(new URL("./permitted.mjs", import.meta.url));
    const program = new Uint8Array(${JSON.stringify(nothing)});
    const runIn = async (preopens) => {
      const started = await createSubprocessWasi(program, { preopens });
      return await started.wait();
    };
    const folder = new URL("./permitted", import.meta.url).pathname;
    const trials = [
      () => toThread((n) => n * 2, 21),
      () => toThread(tasks.inc, 1),
      () => new ProcessPoolExecutor({ maxWorkers: 1 }).submit((n) => n * 2, 4),
      () => runIn({}),
      () => runIn({ "/": new HostFolder(folder) }),
    ];
    const flagsIn = (text) => text.match(/--allow-\\w+(=\\w+)?/g) ?? [text];
    const tell = ({ name, code, message }) => console.log(name, code, ...flagsIn(message));
    await run(async () => {
      for (const trial of trials) {
        try {
          console.log(await trial());
        } catch (error) {
          tell(error);
        }
      }
      getRunningLoop().setExceptionHandler((_loop, { exception }) => tell(exception));
      try {
        await runIn({ "/": new HostFolder(folder, { writeBack: true }) });
      } catch {}
    });`;
  const module = "Error ERR_MODULE_UNAVAILABLE --allow-read";
  const pool = "ExecutorError ERR_WORKER_REFUSED --allow-env --allow-run --allow-env";
  const noFolder = "ProcessError EACCES --allow-read";

  test.each<[flags: string[], lines: string[]]>([
    [[], ["42", module, pool, "ProcessError EACCES --allow-run --allow-env=NODE_V8_COVERAGE", noFolder]],
    [["run"], ["42", module, pool, "ProcessError EACCES --allow-env=NODE_V8_COVERAGE", noFolder]],
    [
      ["env"],
      [
        "42",
        module,
        "ExecutorError ERR_WORKER_REFUSED --allow-run --allow-run --allow-env",
        "ProcessError EACCES --allow-run",
        noFolder,
      ],
    ],
    [
      ["run", "env"],
      ["42", module, "8", "0", noFolder],
    ],
    [
      ["run", "env", "read"],
      ["42", "2", "8", "0", "0", "ProcessError EACCES --allow-write"],
    ],
    [
      ["run", "env", "read", "write"],
      ["42", "2", "8", "0", "0"],
    ],
  ])("with leave for %j, what is missing is named", async (flags, lines) => {
    mkdirSync(join(folder, "permitted"), { recursive: true });
    writeFileSync(join(folder, "permitted/file"), "a file");
    writeFileSync(join(folder, "permitted.mjs"), "export const inc = (n) => n + 1;");
    const args = ["run", "--no-prompt", ...flags.map((flag) => `--allow-${flag}`)];
    const { code, stdout, stderr } = await outcomeOf(deno, program, { args });
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual(lines);
    expect(code).toBe(0);
  });
});

const TERMINATED = `
  import { run } from "wasyncio";
  import { createSubprocessExec, createSubprocessShell, PIPE } from "wasyncio/subprocess";
  import { readdirSync, readFileSync } from "node:fs";
  import process from "node:process";

  function childrenOf() {
    return readdirSync("/proc").filter((name) => {
      try {
        const stat = readFileSync("/proc/" + name + "/stat", "utf8");
        return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(process.pid);
      } catch {
        return false;
      }
    });
  }
  const descriptors = () => readdirSync("/proc/self/fd").length;
`;

for (const driver of COMMANDS) {
  describe.skipIf(driver.path === undefined)(`processes on ${driver.name}`, () => {
    test("a hundred leave no child and no descriptor behind, and one that runs does not keep this one", async () => {
      const outcome = await outcomeOf(
        driver,
        `${TERMINATED}
        async function one(i) {
          const child = await createSubprocessShell("cat; exit 3", { stdin: PIPE, stdout: PIPE, stderr: PIPE });
          if (i % 3 === 0) return await child.with(async () => void child.stdin.write(new Uint8Array(300_000)));
          if (i % 3 === 1) child.kill();
          await child.communicate(new Uint8Array(300_000));
        }
        const batch = () => run(async () => {
          await Promise.all(Array.from({ length: 20 }, (_, i) => one(i)));
          await Promise.allSettled([createSubprocessExec("/nonsuch/program", { stdin: PIPE, stdout: PIPE })]);
        });
        // The host opens what it needs for itself with the first.
        await batch();
        const before = descriptors();
        for (let i = 0; i < 5; i++) await batch();
        for (let i = 0; i < 200 && (childrenOf().length > 0 || descriptors() > before); i++)
          await new Promise((resolve) => setTimeout(resolve, 10));
        console.log(childrenOf().length, Math.max(0, descriptors() - before));
        const left = await run(async () => (await createSubprocessExec("sleep", "60", { detached: true })).pid);
        console.log("over");
        process.kill(left, "SIGKILL");`,
        // Deno shows nobody /proc without leave for everything.
        driver === deno ? { args: ["run", "--allow-all"] } : {},
      );
      expect(outcome).toMatchObject({ code: 0, stdout: "0 0\nover\n", timedOut: false });
    });

    test("pools leave no thread, no process and no descriptor, whatever became of their calls", async () => {
      writeFileSync(
        join(folder, "dying.mjs"),
        "export const exit = () => process.exit(7); export const inc = (n) => n + 1;",
      );
      const outcome = await outcomeOf(
        driver,
        `${TERMINATED}
        import { fromModule, ProcessPoolExecutor, ThreadPoolExecutor } from "wasyncio/executors";
        const { exit, inc } = fromModule(new URL("./dying.mjs", import.meta.url));
        const threads = () => readdirSync("/proc/self/task").length;
        const outcomes = new Set();
        async function batch(Pool) {
          const pool = new Pool({ maxWorkers: 2, maxTasksPerChild: 5, cancelRunning: "terminate" });
          const calls = Array.from({ length: 30 }, (_, i) =>
            i % 10 === 3 ? pool.submit(exit)
            : i % 10 === 5 ? pool.submit(() => { throw new RangeError("thrown"); })
            : i % 10 === 7 ? pool.submit(async () => await new Promise(() => {}))
            : pool.submit(inc, i));
          for (const [i, call] of calls.entries()) {
            if (i % 10 === 7) setTimeout(() => call.cancel(), i);
            await call.promise.then(() => outcomes.add("value"), (error) => outcomes.add(error.name));
          }
          await pool.shutdown();
        }
        const pools = [ThreadPoolExecutor, ProcessPoolExecutor];
        // The host starts what it needs for itself with the first.
        for (const Pool of pools) await batch(Pool);
        const before = [threads(), descriptors()];
        for (const Pool of pools) await batch(Pool);
        const left = () => [childrenOf().length, Math.max(0, threads() - before[0]), Math.max(0, descriptors() - before[1])];
        for (let i = 0; i < 500 && left().some((each) => each > 0); i++) await new Promise((resolve) => setTimeout(resolve, 10));
        console.log(left().join(" "), [...outcomes].sort().join(" "));`,
        driver === deno ? { args: ["run", "--allow-all"] } : {},
      );
      expect(outcome).toMatchObject({
        code: 0,
        stdout: "0 0 0 BrokenExecutorError CancelledError RangeError value\n",
        timedOut: false,
      });
    });

    test.skipIf(!hasClang())(
      "a WASI program with an endless loop is killed, and nothing computes on",
      async () => {
        const wasm = join(folder, "probe.wasm");
        writeFileSync(wasm, programInC("probe"));
        const outcome = await outcomeOf(
          driver,
          `${TERMINATED}
        import { sleep } from "wasyncio";
        import { createSubprocessWasi } from "wasyncio/wasi";
        const bytes = new Uint8Array(readFileSync(${JSON.stringify(wasm)}));
        await run(async () => {
          const spinning = await Promise.all(
            Array.from({ length: 3 }, () => createSubprocessWasi(bytes, { args: ["probe", "spin"], stdout: PIPE })),
          );
          for (const each of spinning) await each.stdout.readline();
          for (const each of spinning) each.kill();
          for (const each of spinning) console.log(await each.wait());
          await sleep(100);
          const before = process.cpuUsage();
          await sleep(500);
          const { user, system } = process.cpuUsage(before);
          console.log(childrenOf().length, (user + system) / 1000 < 250 ? "idle" : "busy");
        });`,
          driver === deno ? { args: ["run", "--allow-all"] } : {},
        );
        expect(outcome).toMatchObject({ code: 0, stdout: "-9\n-9\n-9\n0 idle\n", timedOut: false });
      },
    );

    test("pipes of this process's own are joined to the loop", async () => {
      const outcome = await outcomeOf(
        driver,
        `
        import { run } from "wasyncio";
        import { createSubprocessExec, openReadPipe, openWritePipe, PIPE } from "wasyncio/subprocess";
        import process from "node:process";
        const [, file, isChild] = process.argv;
        if (isChild) {
          await run(async () => {
            const reader = await openReadPipe(process.stdin);
            const writer = await openWritePipe(1);
            for await (const line of reader) {
              writer.write(line);
              await writer.drain();
            }
            writer.close();
            await writer.waitClosed();
          });
        } else {
          await run(async () => {
            const { execPath, execArgv } = process;
            const deno = "Deno" in globalThis ? ["run", "--allow-all"] : [];
            const child = await createSubprocessExec(execPath, ...deno, file, "child", { stdin: PIPE, stdout: PIPE });
            const sent = "a line\\n".repeat(50_000);
            const [stdout] = await child.communicate(sent);
            console.log(new TextDecoder().decode(stdout) === sent, child.returncode);
          });
        }`,
      );
      expect(outcome).toMatchObject({ code: 0, stdout: "true 0\n", timedOut: false });
    });
  });
}

test("setModule takes the package's core, and refuses any other module", async () => {
  const outcome = await outcomeOf(
    thisNode,
    `
    import { readFileSync } from "node:fs";
    import { createRequire } from "node:module";
    import { run, setModule, sleep } from "wasyncio";
    const bytes = readFileSync(createRequire(import.meta.url).resolve("wasyncio/core.wasm"));
    const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    // The core with another number: what it exports as ABI_VERSION is an i32.const, here 99.
    const other = new WebAssembly.Module(new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0,
      6, 7, 1, 127, 0, 65, 227, 0, 11,
      7, 15, 1, 11, ...new TextEncoder().encode("ABI_VERSION"), 3, 0,
    ]));
    for (const module of [null, bytes, new WebAssembly.Module(empty), other, new WebAssembly.Module(bytes)]) {
      try {
        setModule(module);
        console.log(await run(sleep(1, "ran")));
      } catch (error) {
        console.log(error.name, error.code, error.message);
      }
    }`,
  );
  expect(outcome.stderr).toBe("");
  const lines = outcome.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(5);
  expect(lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^ArgumentError ERR_ARGUMENT_TYPE .*compile the package's core.wasm first/),
    expect.stringMatching(/^ArgumentError ERR_ARGUMENT_TYPE /),
  ]);
  expect(lines[2]).toMatch(/^LoopError ERR_CORE_VERSION .*is not a wasyncio core/);
  expect(lines[3]).toMatch(
    /^LoopError ERR_CORE_VERSION .*has version 99, and this package needs version \d+/,
  );
  expect(lines[4]).toBe("ran");
});
