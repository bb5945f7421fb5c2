/**
 * Owns the ways to start a process: from a program and its arguments or from a line for the shell, with a
 * protocol or with streams.
 */
import { coroutine, type Operation } from "../core/coroutine.ts";
import { NotSupportedError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostCommand, HostProcesses } from "../host/processes.ts";
import { madeBy } from "../io/protocol.ts";
import type { StreamReader } from "../io/stream-reader.ts";
import type { StreamWriter } from "../io/stream-writer.ts";
import {
  type Checked,
  checkOptions,
  checkProgram,
  checkText,
  type PIPE,
  type ProcessOptions,
  type SubprocessOptions,
  splitArguments,
} from "./options.ts";
import { Process } from "./process.ts";
import { checkProtocolFactory, checkSubprocessProtocol, type SubprocessProtocol } from "./protocol.ts";
import { SubprocessStreamProtocol } from "./stream-protocol.ts";
import { SubprocessTransport } from "./transport.ts";

/** The stream of an option: present if it is PIPE, absent if it is known to be something else. */
type Piped<O, K extends string, S> = K extends keyof O
  ? O[K] extends typeof PIPE
    ? S
    : typeof PIPE extends O[K]
      ? S | null
      : null
  : null;

/** A process, with the streams that its options ask for. */
export type ProcessOf<O> = Process<
  Piped<O, "stdin", StreamWriter>,
  Piped<O, "stdout", StreamReader>,
  Piped<O, "stderr", StreamReader>
>;

/**
 * Starts a program, without a shell. asyncio: `create_subprocess_exec`.
 *
 * @param program - its path, or its name, which is looked up in PATH.
 * @param args - its arguments, strings, and optionally an options object at the end.
 * @returns the process, which is running.
 * @throws ProcessError, whose `code` says why it could not be started: ENOENT, EACCES, EMFILE and so on; ArgumentError
 * ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE; NotSupportedError where the host has no processes.
 *
 * @example
 * ```ts
 * const process = yield* createSubprocessExec("git", "status", "--short", { stdout: PIPE, cwd: folder });
 * const [changes] = yield* process.communicate();
 * ```
 */
export function createSubprocessExec(
  program: string,
  ...args: readonly string[]
): Operation<Process<null, null, null>>;
export function createSubprocessExec<const O extends ProcessOptions>(
  program: string,
  ...args: [...args: string[], options: O]
): Operation<ProcessOf<O>>;
export function createSubprocessExec(program: string, ...args: unknown[]): Operation<Process> {
  const caller = "createSubprocessExec";
  const { command, limit } = programOf(caller, program, args);
  return withStreams(caller, command, limit);
}

/**
 * Runs a line of the system's shell, /bin/sh -c. Untrusted input must not be part of it: pass it as an
 * argument of `createSubprocessExec`, or through the environment. asyncio: `create_subprocess_shell`.
 *
 * @param line - for the shell.
 * @returns the shell's process, which is running.
 * @throws as `createSubprocessExec`.
 *
 * @example
 * ```ts
 * const process = yield* createSubprocessShell("ls | wc -l", { stdout: PIPE });
 * ```
 */
export function createSubprocessShell(line: string): Operation<Process<null, null, null>>;
export function createSubprocessShell<const O extends ProcessOptions>(
  line: string,
  options: O,
): Operation<ProcessOf<O>>;
export function createSubprocessShell(line: string, options?: ProcessOptions): Operation<Process> {
  const caller = "createSubprocessShell";
  const { command, limit } = lineOf(caller, line, options);
  return withStreams(caller, command, limit);
}

/**
 * Starts a program and reports what happens to a protocol. asyncio: `loop.subprocess_exec`, here on the running loop.
 *
 * @param protocolFactory - a function that makes the protocol.
 * @param program - its path, or its name, which is looked up in PATH.
 * @param args - its arguments, strings, and optionally an options object at the end.
 * @returns the transport and the protocol.
 * @throws as `createSubprocessExec`, ArgumentError ERR_CALLBACK_EXPECTED, and LoopError ERR_ARGUMENT_TYPE when no protocol is made.
 *
 * @example
 * ```ts
 * const [transport] = yield* subprocessExec(() => new LineCounter(), "tail", "-f", path, { stdout: PIPE });
 * ```
 */
export function subprocessExec<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  program: string,
  ...args: readonly string[] | [...args: string[], options: SubprocessOptions]
): Operation<[transport: SubprocessTransport, protocol: P]> {
  const caller = "subprocessExec";
  checkProtocolFactory(caller, protocolFactory);
  const { command } = programOf(caller, program, args);
  return starting(caller, command, protocolFactory) as Operation<[SubprocessTransport, P]>;
}

/**
 * Runs a line of the system's shell and reports what happens to a protocol. asyncio: `loop.subprocess_shell`, here of the
 * running loop.
 *
 * @param protocolFactory - a function that makes the protocol.
 * @param line - for the shell.
 * @returns the transport and the protocol.
 * @throws as `subprocessExec`.
 */
export function subprocessShell<P extends SubprocessProtocol>(
  protocolFactory: () => P,
  line: string,
  options?: SubprocessOptions,
): Operation<[transport: SubprocessTransport, protocol: P]> {
  const caller = "subprocessShell";
  checkProtocolFactory(caller, protocolFactory);
  const { command } = lineOf(caller, line, options);
  return starting(caller, command, protocolFactory) as Operation<[SubprocessTransport, P]>;
}

interface CheckedCommand {
  readonly command: HostCommand;
  readonly limit: number;
}

function programOf(caller: string, program: unknown, given: readonly unknown[]): CheckedCommand {
  const checked = checkProgram(caller, program);
  const { args, options } = splitArguments(caller, given);
  return commandOf({ program: checked, args, shell: false }, checkOptions(caller, options));
}

function lineOf(caller: string, line: unknown, options: ProcessOptions | undefined): CheckedCommand {
  const program = checkText(caller, "a line for the shell", line);
  return commandOf({ program, args: [], shell: true }, checkOptions(caller, options));
}

function commandOf(
  what: Pick<HostCommand, "program" | "args" | "shell">,
  { limit, ...how }: Checked,
): CheckedCommand {
  return { command: { ...what, ...how }, limit };
}

/** The processes of the loop's host. @throws NotSupportedError. */
export function processesOf(loop: EventLoop, caller: string): HostProcesses {
  const { name, processes } = loop.scheduler.host;
  if (processes !== undefined) return processes;
  throw new NotSupportedError(
    name,
    `${caller} needs processes`,
    "run a WASI program with createSubprocessWasi of wasyncio/wasi, or run it on Node, Deno or Bun",
  );
}

const starting = coroutine(function* startProcess(
  caller: string,
  command: HostCommand,
  protocolFactory: () => SubprocessProtocol,
) {
  const loop = getRunningLoop();
  const processes = processesOf(loop, caller);
  const protocol = madeBy(caller, protocolFactory, checkSubprocessProtocol);
  const spawn = () => processes.spawn(command);
  const transport = new SubprocessTransport(loop, protocol, spawn, command.detached);
  yield* transport.started(command.shell ? "the shell" : `'${command.program}'`);
  return [transport, protocol] as [SubprocessTransport, SubprocessProtocol];
});

const withStreams = coroutine(function* startProcess(caller: string, command: HostCommand, limit: number) {
  const protocol = new SubprocessStreamProtocol(getRunningLoop(), limit);
  const [transport] = yield* starting(caller, command, () => protocol);
  return new Process(transport, protocol);
});
