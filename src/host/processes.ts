/**
 * What the package needs from a host's processes and pipes, and what every host guarantees. Types, and the place where the entry
 * of `wasyncio/subprocess` puts a host's binding, which is not part of the main entry. The bindings are next to this file.
 *
 * The contract:
 * - Nothing throws. What cannot be done is a failure: for a process that did not start, through `closed`.
 * - A pipe is a socket of the network's interface (network.ts) with one direction: one to read from takes nothing, and
 *   one to write to returns nothing and reports its end when it is no longer read.
 * - A process that has ended is reaped by the host, whether it is waited for or not.
 * - Neither a process nor a pipe keeps the host's process alive; only `Host.keepAlive` does.
 */
import type { HostEvents, HostFailure, HostSocket } from "./network.ts";

/** Where one of the three standard streams comes from or goes to: `merge` is where stdout goes; a number is a descriptor. */
export type HostStdio = "pipe" | "inherit" | "ignore" | "merge" | number;

/** What to start. */
export interface HostCommand {
  /** A program, or with `shell` a line for the system's shell. */
  readonly program: string;
  readonly args: readonly string[];
  readonly shell: boolean;
  readonly cwd: string | undefined;
  /** The whole environment; by default this process's. */
  readonly env: Readonly<Record<string, string>> | undefined;
  /** Whether it gets its own session. */
  readonly detached: boolean;
  readonly stdio: readonly [stdin: HostStdio, stdout: HostStdio, stderr: HostStdio];
  /** A further pipe, at descriptor 3, for messages in both directions. */
  readonly control?: HostControl;
}

/** Messages to a process of the same runtime and from it: whatever can be cloned. */
export interface HostControl {
  /** What it is sent. */
  readonly handed: unknown;
  /** Called with each message from it, before it is told to have ended. `answer` sends it one more. */
  told(message: unknown, answer: (message: unknown) => void): void;
}

export type HostProcessEvents = Pick<HostEvents, "writable" | "closed">;

/** A process, or one that could not be started. */
export interface HostProcess {
  /** Undefined until it runs, and when it could not be started. */
  readonly pid: number | undefined;
  /** By descriptor, 0 to 2. */
  readonly pipes: readonly (HostSocket | undefined)[];
  /** Its exit status, or minus the number of the signal that ended it; undefined while it runs. */
  readonly returncode: number | undefined;
  /**
   * Reports `writable` when it runs, where that was not known at once, and `closed`, once: that it has ended, or with a failure
   * that it did not start. Called once, at once.
   */
  watch(events: HostProcessEvents): void;
  /** @returns why the signal could not be sent: ESRCH when it has ended, EINVAL for a name that is not a signal's. */
  kill(signal: string): HostFailure | undefined;
}

/** Processes and pipes of a host. */
export interface HostProcesses {
  spawn(command: HostCommand): HostProcess;
  /** A pipe to read from, of a descriptor or a stream of the host's. */
  readPipe(pipe: unknown): HostSocket | HostFailure;
  /** A pipe to write to, likewise. */
  writePipe(pipe: unknown): HostSocket | HostFailure;
}

let provided: HostProcesses | undefined;

/** Each entry of `wasyncio/subprocess` does so once, where the host has processes. */
export function provideProcesses(processes: HostProcesses): void {
  provided = processes;
}

export function providedProcesses(): HostProcesses | undefined {
  return provided;
}
