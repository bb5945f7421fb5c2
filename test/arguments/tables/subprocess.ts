/** The tables of `wasyncio/subprocess` and `wasyncio/wasi`, with real processes and pipes, of which each ends by itself. */
import "../../../src/entry/parts/wasi.node.ts";
import { PassThrough } from "node:stream";
import { type Coroutine, type Host, newEventLoop, Protocol, run } from "wasyncio";
import {
  createSubprocessExec,
  DEVNULL,
  PIPE,
  type Process,
  STDOUT,
  type SubprocessProtocol,
  type SubprocessTransport,
  subprocessExec,
} from "wasyncio/subprocess";
import { HostFolder, MemoryFolder } from "wasyncio/wasi";
import { type Area, aBoolean, aFunction, anything, aString, kind, options } from "../rows.ts";
import { BYTES, FUNCTIONS, NUMBERS, OBJECTS, STRINGS } from "../values.ts";

const QUIET = { stdin: DEVNULL, stdout: DEVNULL, stderr: DEVNULL } as const;

// ── What a process is started with ──────────────────────────────────────────────────────────────────────────────────

const stdio = kind(() => PIPE, ["PIPE, DEVNULL or an open file", "null", "0", "1", "-1"]);
const starting = {
  stdin: stdio,
  stdout: stdio,
  stderr: kind(() => STDOUT, ["STDOUT for where its output goes", "null", "0", "1", "-1"]),
  cwd: kind(() => "/", ["The directory it starts in", ...STRINGS]),
  env: kind(
    () => ({ PATH: "/usr/bin:/bin" }),
    [
      "Its whole environment",
      ...OBJECTS.filter((label) => !["Uint8Array", "a future", "a task"].includes(label)),
    ],
  ),
  detached: aBoolean("Whether it gets its own session"),
};
const limit = kind(() => 1024, ["in bytes", "1", "1.5", "Infinity", "2**53"]);
const program = kind(() => "true", ["its name, which is looked up in PATH", "'x'", "'9'"]);
const args = kind(
  () => "right",
  [
    "its arguments, strings, and optionally an options object at the end",
    "undefined",
    ...STRINGS,
    ...OBJECTS,
  ],
);
const line = kind(() => "exit 0", ["for the shell", ...STRINGS]);
const protocolFactory = kind(() => () => ({}) as SubprocessProtocol, ["makes the protocol", ...FUNCTIONS]);

/** One that has ended: leaving its scope waits for that, and the clock of the trial does not. */
function* aProcess(): Coroutine<Process> {
  const ended = yield* createSubprocessExec("true", QUIET);
  yield* ended.wait();
  return ended as Process;
}

function* aTransport(): Coroutine<SubprocessTransport> {
  const [transport] = yield* subprocessExec(() => ({}), "true", QUIET);
  return transport;
}

const signal = kind(() => "SIGCONT", ['its name, such as "SIGINT"']);

export const PROCESSES: Area = {
  io: true,
  receivers: { Process: aProcess, SubprocessTransport: aTransport },
  rows: {
    createSubprocessExec: { program, args },
    createSubprocessShell: { line, options: options({ ...starting, limit }) },
    subprocessExec: { protocolFactory, program, args },
    subprocessShell: { protocolFactory, line, options: options(starting) },
    "Process.wait": {},
    "Process.communicate": {
      input: kind(() => "right", ["bytes, or a string as UTF-8", ...BYTES, ...STRINGS]),
    },
    "Process.sendSignal": { signal },
    "Process.terminate": {},
    "Process.kill": {},
    "Process.with": { body: aFunction("Runs `body`") },
    "Process.[asyncDispose]": {},
    "Process.toString": {},
    "SubprocessTransport.getPid": {},
    "SubprocessTransport.getReturncode": {},
    "SubprocessTransport.getPipeTransport": {
      fd: kind(() => 1, ["for any other number there is none", ...NUMBERS, "NaN"]),
    },
    "SubprocessTransport.getExtraInfo": {
      name: aString("What is known"),
      fallback: anything("so always `fallback`"),
    },
    "SubprocessTransport.getProtocol": {},
    "SubprocessTransport.setProtocol": {
      protocol: kind(() => ({}), ["an object with some of its methods", "[]", "['x']", "[null]", ...OBJECTS]),
    },
    "SubprocessTransport.sendSignal": { signal },
    "SubprocessTransport.terminate": {},
    "SubprocessTransport.kill": {},
    "SubprocessTransport.close": {},
    "SubprocessTransport.isClosing": {},
    "SubprocessTransport.toString": {},
  },
};

// ── Pipes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const makesAProtocol = kind(() => () => new Protocol(), ["makes the protocol", ...FUNCTIONS]);
const pipe = kind(() => new PassThrough().end(), ["a descriptor of a pipe", "0", "1"]);
const likewise = kind(() => new PassThrough(), ["as for `connect", "0", "1"]);

/** On a host whose descriptors lead nowhere: some of those that are tried are this process's own. */
async function withoutDescriptors(body: () => Coroutine<void>): Promise<void> {
  const own = newEventLoop();
  const { processes } = own.scheduler.host;
  own.close();
  const nowhere = (given: unknown) => (typeof given === "number" ? new PassThrough().end() : given);
  const host = Object.create(own.scheduler.host, {
    processes: {
      value: {
        readPipe: (given: unknown) => processes?.readPipe(nowhere(given)),
        writePipe: (given: unknown) => processes?.writePipe(nowhere(given)),
      },
    },
    keepAlive: { value: (on: boolean) => own.scheduler.host.keepAlive(on) },
  }) as Host;
  await run(body, { host });
}

export const PIPES: Area = {
  io: true,
  within: withoutDescriptors,
  receivers: {},
  rows: {
    connectReadPipe: { protocolFactory: makesAProtocol, pipe },
    connectWritePipe: { protocolFactory: makesAProtocol, pipe: likewise },
    openReadPipe: { pipe: { ...pipe, taken: likewise.taken }, options: options({ limit }) },
    openWritePipe: { pipe: likewise },
  },
};

// ── WASI programs ───────────────────────────────────────────────────────────────────────────────────────────────────

const BUFFERS = ["Uint8Array"] as const;
/** Objects without files, or with one that is bytes. */
const TREES = OBJECTS.filter(
  (label) => !["Uint8Array", "a detached buffer", "a detached array", "a future", "a task"].includes(label),
);
const outputStdio = kind(() => DEVNULL, ["PIPE or DEVNULL; by default DEVNULL", "null", "-1"]);

/** No program, so that nothing runs: what is right is refused later, with a code. */
const NO_PROGRAM = () => new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

export const WASI: Area = {
  io: true,
  receivers: { MemoryFolder: () => new MemoryFolder(), HostFolder: () => new HostFolder("/") },
  rows: {
    createSubprocessWasi: {
      program: kind(NO_PROGRAM, ["its bytes, or a compiled", ...BUFFERS]),
      options: options({
        args: kind(() => ["right"], ["Its arguments", "[]", "['x']"]),
        env: kind(
          () => ({}),
          [
            "Its whole environment",
            ...OBJECTS.filter((label) => !["Uint8Array", "a future", "a task"].includes(label)),
          ],
        ),
        preopens: kind(() => ({}), ["The folders that it sees", ...TREES]),
        stdin: kind(() => DEVNULL, ["all of it as bytes or a string", "null", "-1", ...BYTES, ...STRINGS]),
        stdout: outputStdio,
        stderr: outputStdio,
        limit,
      }),
    },
    "new MemoryFolder": { files: kind(() => ({ file: "right" }), ["what is in it, by name", ...TREES]) },
    "MemoryFolder.files =": { value: anything("What is in it") },
    "new HostFolder": {
      path: kind(() => "/", ["of the folder on the host", ...STRINGS]),
      options: options({ writeBack: aBoolean("Whether what the program has left is written back") }),
    },
  },
};
