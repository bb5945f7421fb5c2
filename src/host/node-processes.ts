/**
 * Owns the binding of processes to `node:child_process`, on Node and on the runtimes that offer the same module.
 * Knows nothing of loops, and of pipes only that each is one (node-pipes.ts).
 */
import { Buffer } from "node:buffer";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { constants as system } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { Duplex } from "node:stream";
import { deserialize, serialize } from "node:v8";
import type { HostFailure, HostSocket } from "./network.ts";
import { failureOf } from "./node-names.ts";
import { NodeReadPipe, NodeWritePipe, readPipe, writePipe } from "./node-pipes.ts";
import type { HostCommand, HostControl, HostProcess, HostProcessEvents, HostProcesses } from "./processes.ts";

const SIGNALS: Readonly<Record<string, number>> = system.signals;

class NodeProcess implements HostProcess {
  readonly pid: number | undefined;
  readonly pipes: readonly (HostSocket | undefined)[];
  returncode: number | undefined;
  readonly #child: ChildProcess | undefined;
  readonly #sendSignal: SendSignal;
  #failure: HostFailure | undefined;
  #events: HostProcessEvents | undefined;

  constructor(command: HostCommand, sendSignal: SendSignal) {
    this.#sendSignal = sendSignal;
    const child = this.#spawn(command);
    this.pid = child?.pid;
    this.#child = child;
    const { stdin, stdout, stderr } = child ?? {};
    const [pipeIn, pipeOut, pipeErr] = command.stdio.map((each) => each === "pipe");
    this.pipes = [
      stdin && pipeIn ? new NodeWritePipe(stdin) : undefined,
      stdout && pipeOut ? new NodeReadPipe(stdout) : undefined,
      stderr && pipeErr ? new NodeReadPipe(stderr) : undefined,
    ];
  }

  #spawn(command: HostCommand): ChildProcess | undefined {
    const refusal = mergeRefusal(command);
    if (refusal !== undefined) {
      this.#failSoon(refusal);
      return undefined;
    }
    const { program, args, options } = spawnArguments(command);
    try {
      const child = spawn(program, args, options);
      // A signal that could not be sent is also an error, which `kill` reports itself.
      child.on("error", (error) => {
        if (child.pid === undefined) this.#close(startFailure(command, failureOf(error)));
      });
      const control = controlOf(child, command.control);
      child.on("exit", (code, signal) => {
        if (child.pid === undefined) return;
        this.returncode = signal === null ? (code ?? 0) : -(SIGNALS[signal] ?? 0);
        if (control === undefined || control.closed) this.#close(undefined);
        else control.on("close", () => this.#close(undefined));
      });
      if (child.pid !== undefined) child.unref();
      return child;
    } catch (error) {
      this.#failSoon(startFailure(command, failureOf(error as Error)));
      return undefined;
    }
  }

  #failSoon(failure: HostFailure): void {
    queueMicrotask(() => this.#close(failure));
  }

  #close(failure: HostFailure | undefined): void {
    this.#failure = failure;
    this.#events?.closed(this.#failure);
  }

  watch(events: HostProcessEvents): void {
    this.#events = events;
  }

  kill(signal: string): HostFailure | undefined {
    if (!Object.hasOwn(SIGNALS, signal)) return { code: "EINVAL", reason: `no such signal '${signal}'` };
    const child = this.#child;
    if (child?.pid === undefined || this.returncode !== undefined) return ENDED;
    return this.#sendSignal(child, signal);
  }
}

/** Sends a signal to a process that is not known to have ended. */
export type SendSignal = (child: ChildProcess, signal: string) => HostFailure | undefined;

function sendSignalByNode(child: ChildProcess, signal: string): HostFailure | undefined {
  let failure = ENDED;
  const onError = (error: Error) => {
    failure = failureOf(error);
  };
  child.once("error", onError);
  try {
    return child.kill(signal as NodeJS.Signals) ? undefined : failure;
  } catch (error) {
    return failureOf(error as Error);
  } finally {
    child.off("error", onError);
  }
}

const ENDED: HostFailure = { code: "ESRCH", reason: "the process has ended" };

/**
 * How the child is started. Node can give two of its streams the same pipe only as a descriptor, so if
 * stderr goes to stdout's, the shell joins them and then becomes the program, under the same pid.
 */
function spawnArguments(command: HostCommand): {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
} {
  const { program, args, shell, cwd, env, detached, stdio, control } = command;
  const [stdin, stdout, stderr] = stdio;
  const merges = stderr === "merge";
  const options: SpawnOptions = Object.assign(Object.create(null), {
    stdio: [stdin, stdout, merges ? "ignore" : stderr, ...(control === undefined ? [] : ["pipe"])],
    detached,
    windowsHide: true,
  });
  if (cwd !== undefined) options.cwd = cwd;
  if (env !== undefined) options.env = { ...env };
  if (shell && process.platform === "win32") options.shell = true;
  else if (shell)
    return { program: SHELL, args: ["-c", merges ? `exec 2>&1\n${program}` : program], options };
  else if (merges) return { program: SHELL, args: ["-c", JOIN, program, ...args], options };
  return { program, args, options };
}

const SHELL = "/bin/sh";
const JOIN = 'exec "$0" "$@" 2>&1';

/** Why a program whose streams the shell is to join cannot run: the shell would report it with a status that any program may have. */
function mergeRefusal({ program, shell, env, cwd, stdio }: HostCommand): HostFailure | undefined {
  if (stdio[2] !== "merge") return undefined;
  if (process.platform === "win32")
    return { code: "ENOTSUP", reason: "Windows has no way to join stderr to stdout" };
  if (shell) return undefined;
  const folders = program.includes("/") ? [""] : ((env ?? process.env).PATH ?? "").split(delimiter);
  let code = "ENOENT";
  for (const folder of folders) {
    const found = accessOf(resolve(cwd ?? ".", join(folder, program)));
    // If it may not be inspected, the shell has to find out.
    if (found === undefined || found === "unknown") return undefined;
    if (found === "EACCES") code = found;
  }
  return { code, reason: `spawn ${program} ${code}` };
}

function accessOf(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? undefined : "EACCES";
  } catch (error) {
    const { code } = error as { code?: string };
    return code === "ENOENT" || code === "ENOTDIR" || code === "EACCES" ? code : "unknown";
  }
}

/** Why it did not start. If the directory is at fault, Node blames the program. */
function startFailure({ cwd }: HostCommand, failure: HostFailure): HostFailure {
  if (cwd === undefined) return failure;
  try {
    if (statSync(cwd).isDirectory()) return failure;
    return { code: "ENOTDIR", reason: `cwd '${cwd}' is not a directory` };
  } catch (error) {
    const { code } = error as { code?: string };
    return code === "ENOENT" || code === "ENOTDIR" || code === "EACCES"
      ? { code, reason: `cwd '${cwd}' cannot be entered: ${code}` }
      : failure;
  }
}

/** The pipe for messages, which carries each as its length, in four bytes, and a clone. */
function controlOf(child: ChildProcess, control: HostControl | undefined): Duplex | undefined {
  if (control === undefined || child.pid === undefined) return undefined;
  const pipe = child.stdio[3] as Duplex;
  pipe.on("error", () => {});
  const send = (message: unknown) => {
    const bytes = serialize(message);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length, 0);
    pipe.write(length);
    pipe.write(bytes);
  };
  let left: Buffer = Buffer.alloc(0);
  pipe.on("data", (chunk: Buffer) => {
    left = Buffer.concat([left, chunk]);
    while (left.length >= 4 && left.length >= 4 + left.readUInt32LE(0)) {
      const end = 4 + left.readUInt32LE(0);
      // Deno finds the bytes in a message of its own buffer alone.
      control.told(deserialize(new Uint8Array(left.subarray(4, end))), send);
      left = left.subarray(end);
    }
  });
  send(control.handed);
  (pipe as { unref?: () => void }).unref?.();
  return pipe;
}

/** Processes and pipes by Node's modules. @param sendSignal - for runtimes whose `ChildProcess.kill` is not to be used. */
export function nodeProcesses(sendSignal: SendSignal = sendSignalByNode): HostProcesses {
  return { spawn: (command) => new NodeProcess(command, sendSignal), readPipe, writePipe };
}
