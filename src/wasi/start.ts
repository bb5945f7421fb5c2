/**
 * Owns the start of a WASI program as a process: what a user says about it, checked, and who runs it.
 */
import { readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostFolders } from "../host/folders.ts";
import { type BytesLike, bytesOf } from "../io/bytes.ts";
import { checkLimit, LIMIT_BYTES } from "../io/endpoint.ts";
import { ProcessError } from "../subprocess/errors.ts";
import { checkEnvironment, checkText, DEVNULL, PIPE, STDOUT } from "../subprocess/options.ts";
import { Process } from "../subprocess/process.ts";
import type { ProcessOf } from "../subprocess/start.ts";
import { SubprocessStreamProtocol } from "../subprocess/stream-protocol.ts";
import { SubprocessTransport } from "../subprocess/transport.ts";
import type { Preopen, Tree } from "./config.ts";
import { type Files, HostFolder, isBytes, MemoryFolder, treeOf } from "./files.ts";
import { type ProgramCommand, type ProgramRunner, providedRunner } from "./runner.ts";

/** How a WASI program is started. Nothing of the host is seen by it but what is said here. */
export interface WasiOptions {
  /** Its arguments, the first of them its own name; by default that alone. */
  readonly args?: readonly string[] | undefined;
  /** Its whole environment; by default nothing. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The folders that it sees, by their paths: trees of files, which it changes for itself, a MemoryFolder or a HostFolder. */
  readonly preopens?: Readonly<Record<string, Files | MemoryFolder | HostFolder>> | undefined;
  /** Its input: PIPE, DEVNULL, or all of it as bytes or a string; by default DEVNULL. */
  readonly stdin?: typeof PIPE | typeof DEVNULL | BytesLike | null | undefined;
  /** Its output: PIPE or DEVNULL; by default DEVNULL. */
  readonly stdout?: typeof PIPE | typeof DEVNULL | null | undefined;
  /** Its other output, likewise; STDOUT for where its output goes. */
  readonly stderr?: typeof PIPE | typeof DEVNULL | typeof STDOUT | null | undefined;
  /** The limit of the readers, in bytes: their longest line, and half of what they hold. By default 64 KiB. */
  readonly limit?: number | undefined;
}

/** A program's process, with the streams that its options ask for. */
export type WasiProcessOf<O> = ProcessOf<O>;

const OPTIONS = ["args", "env", "preopens", "stdin", "stdout", "stderr", "limit"] as const;
const CALLER = "createSubprocessWasi";

/**
 * Runs a WASI program (wasi_snapshot_preview1) as a process: in a worker, or on Deno and Bun in a process. It can be killed at
 * any point; its returncode is what it has exited with, -N after a signal, and -6, as after SIGABRT, after a trap.
 *
 * @param program - its bytes, or a compiled WebAssembly.Module.
 * @returns the process, which runs.
 * @throws ProcessError ENOEXEC for what is no WASI program, ENOENT and the like for folders of the host; ArgumentError
 * ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE; NotSupportedError for `stdin: PIPE` where there is no shared memory, as in pages that are
 * not cross-origin isolated, and for a HostFolder where there are none.
 *
 * @example
 * ```ts
 * const sort = yield* createSubprocessWasi(bytes, { args: ["sort"], stdin: PIPE, stdout: PIPE });
 * const [sorted] = yield* sort.communicate("b\na\n");
 * ```
 */
export function createSubprocessWasi<const O extends WasiOptions = Record<never, never>>(
  program: BytesLike | object,
  options?: O,
): Operation<WasiProcessOf<O>> {
  const given = readOptions(CALLER, options as WasiOptions | undefined, OPTIONS);
  const { args = ["program"], env = {}, preopens = {}, limit = LIMIT_BYTES } = given;
  if (!Array.isArray(args)) throw wrongArgument(CALLER, "args as an array of strings", args);
  const checked: Checked = {
    module: checkModule(program),
    args: args.map((each) => checkText(CALLER, "each of the program's arguments", each)),
    env: Object.entries(checkEnvironment(CALLER, env)).map(([name, value]) => `${name}=${value}`),
    folders: checkPreopens(preopens),
    input: inputOf(given.stdin),
    stdout: isPipe("stdout", given.stdout) ? "pipe" : "ignore",
    stderr: given.stderr === STDOUT ? "merge" : isPipe("stderr", given.stderr) ? "pipe" : "ignore",
    limit: checkLimit(CALLER, limit),
  };
  return starting(checked) as Operation<Process> as Operation<WasiProcessOf<O>>;
}

type Folder = readonly [path: string, folder: Tree | MemoryFolder | HostFolder];

interface Checked extends Pick<ProgramCommand, "input" | "stdout" | "stderr"> {
  readonly module: object;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly folders: readonly Folder[];
  readonly limit: number;
}

function checkModule(program: unknown): object {
  if (program instanceof WebAssembly.Module) return program;
  if (typeof program === "object" && program !== null && !Array.isArray(program))
    return bytesOf(CALLER, program);
  throw wrongArgument(CALLER, "the bytes of a WASI program, or a module", program);
}

function checkPreopens(preopens: unknown): Folder[] {
  const isNone = typeof preopens !== "object" || preopens === null || Array.isArray(preopens);
  if (isNone || isBytes(preopens)) throw wrongArgument(CALLER, "preopens as an object of folders", preopens);
  return Object.entries(preopens).map(([path, folder]) => {
    checkText(CALLER, "the path of each folder", path);
    if (folder instanceof HostFolder || folder instanceof MemoryFolder) return [path, folder];
    return [path, treeOf(CALLER, folder)];
  });
}

function inputOf(stdin: unknown): Uint8Array | null {
  if (stdin === PIPE) return null;
  if (stdin === DEVNULL || stdin === undefined || stdin === null) return new Uint8Array(0);
  return bytesOf(`${CALLER}, for stdin other than PIPE and DEVNULL,`, stdin).slice();
}

function isPipe(stream: string, stdio: unknown): boolean {
  if (stdio === PIPE) return true;
  if (stdio === DEVNULL || stdio === undefined || stdio === null) return false;
  const code = typeof stdio === "number" ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE";
  throw wrongArgument(CALLER, `${stream} as PIPE or DEVNULL`, stdio, code);
}

const starting = coroutine(function* createSubprocessWasi(checked: Checked) {
  const loop = getRunningLoop();
  const runner = providedRunner();
  const { module, args, env, folders, limit, input, stdout, stderr } = checked;
  checkPipe(loop, runner, input);
  const preopens = folders.map((each) => preopenOf(loop, runner, each));
  const protocol = new SubprocessStreamProtocol(loop, limit);
  const command: ProgramCommand = {
    config: { module, args, env, preopens },
    input,
    stdout,
    stderr,
    returned(trees) {
      for (const [at, tree] of trees.entries())
        if (tree !== null) giveBack(loop, runner, folders[at] as Folder, tree);
    },
  };
  const transport = new SubprocessTransport(loop, protocol, () => runner.run(command), false);
  yield* transport.started(`'${args[0] ?? "the program"}'`);
  return new Process(transport, protocol);
});

function checkPipe(loop: EventLoop, runner: ProgramRunner, input: Uint8Array | null): void {
  if (input !== null || runner.pipeRefusal === undefined) return;
  throw new NotSupportedError(
    loop.scheduler.host.name,
    `stdin: PIPE of ${CALLER} needs ${runner.pipeRefusal}`,
    "give all of the input as bytes or a string, or serve the page with COOP and COEP",
  );
}

function preopenOf(loop: EventLoop, runner: ProgramRunner, [path, folder]: Folder): Preopen {
  if (folder instanceof MemoryFolder) return { path, tree: folder.files, comesBack: true };
  if (!(folder instanceof HostFolder)) return { path, tree: folder, comesBack: false };
  const folders = foldersOf(loop, runner);
  return { path, tree: onHost(folder, () => folders.read(folder.path)), comesBack: folder.writeBack };
}

function foldersOf(loop: EventLoop, { folders }: ProgramRunner): HostFolders {
  if (folders !== undefined) return folders;
  throw new NotSupportedError(
    loop.scheduler.host.name,
    `HostFolder needs folders of the host`,
    "give the files as an object, or a MemoryFolder",
  );
}

/** What a program leaves is nobody's wait, so that what goes wrong is reported. */
function giveBack(loop: EventLoop, runner: ProgramRunner, [, folder]: Folder, tree: Tree): void {
  if (folder instanceof MemoryFolder) folder.files = tree;
  if (!(folder instanceof HostFolder)) return;
  try {
    onHost(folder, () => runner.folders?.write(folder.path, tree));
  } catch (exception) {
    loop.callExceptionHandler({
      message: "What a WASI program has left could not be written back",
      exception,
    });
  }
}

function onHost<T>({ path }: HostFolder, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "EUNKNOWN", message } = error as { code?: string; message: string };
    throw new ProcessError(code, `the folder '${path}' cannot be handed to a WASI program: ${message}`);
  }
}
