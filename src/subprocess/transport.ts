/**
 * Owns the transport of one process: its pipes, each with a transport of its own, its signals, and what waits for its end.
 * Knows the process only by the host's interface, whatever kind of process it is.
 */
import { checkString, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { ArgumentError, CancelledError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import type { Signal } from "../core/signals.ts";
import type { HostSocket } from "../host/network.ts";
import type { HostProcess } from "../host/processes.ts";
import { Channel, type ChannelUser, HANGUP, WRITABLE } from "../io/channel.ts";
import type { Protocol } from "../io/protocol.ts";
import { SocketTransport } from "../io/transport.ts";
import { Waiters } from "../io/waiters.ts";
import { processError } from "./errors.ts";
import type { SubprocessProtocol } from "./protocol.ts";

/**
 * A process. Programs mostly use the `Process` on top of it. asyncio: `SubprocessTransport`.
 */
export class SubprocessTransport implements ChannelUser {
  readonly #loop: EventLoop;
  readonly #child: HostProcess;
  readonly #channel: Channel;
  readonly #outlives: boolean;
  readonly #exitWaiters: Waiters;
  readonly #pipes: readonly (Pipe | undefined)[];
  #protocol: SubprocessProtocol;
  #returncode: number | null = null;
  #made = false;
  #closed = false;
  #lost = false;

  /**
   * @param spawn - starts the process; called once.
   * @param outlives - whether the process may go on when the loop is closed.
   * @internal
   */
  constructor(loop: EventLoop, protocol: SubprocessProtocol, spawn: () => HostProcess, outlives: boolean) {
    this.#loop = loop;
    this.#protocol = protocol;
    this.#outlives = outlives;
    this.#exitWaiters = new Waiters(loop);
    // First, since it fails if the loop is closed.
    this.#channel = new Channel(loop, this);
    this.#child = spawn();
    this.#child.watch(this.#channel);
    this.#pipes = this.#child.pipes.map((socket, fd) => socket && this.#connect(socket, fd));
    // What comes through them waits until the protocol knows of the process.
    for (const pipe of this.#pipes) pipe?.transport.pauseReading();
    this.#channel.want(WRITABLE | HANGUP);
  }

  #connect(socket: HostSocket, fd: number): Pipe {
    const channel = new Channel(this.#loop, { ready() {}, abandoned: () => socket.destroy() });
    socket.watch(channel);
    const pipe = new Pipe(this, fd);
    new SocketTransport(this.#loop, channel, socket, pipe);
    return pipe;
  }

  /** Waits until it is known to run, and notifies the protocol. @throws ProcessError when it could not be started. @internal */
  *started(what: string): Generator<unknown, void, unknown> {
    if (this.#child.pid === undefined) {
      try {
        yield* this.#exitWaiters.wait();
      } catch (error) {
        this.#giveUp();
        throw error;
      }
      if (this.#child.pid === undefined) {
        this.#giveUp();
        throw processError(`cannot start ${what}`, this.#channel.failure ?? { code: "EUNKNOWN", reason: "" });
      }
    }
    this.#runs();
  }

  /** The process runs, which the protocol is told before anything else. */
  #runs(): void {
    if (this.#made || this.#child.pid === undefined) return;
    this.#made = true;
    this.#protocol.connectionMade?.(this);
    for (const pipe of this.#pipes) pipe?.transport.resumeReading();
  }

  /** It has not started, or nobody waits for that any more. */
  #giveUp(): void {
    this.#closed = true;
    this.#channel.close();
    for (const pipe of this.#pipes) pipe?.transport.abort();
    this.#child.kill("SIGKILL");
  }

  // ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The process id. */
  getPid(): number {
    return this.#child.pid as number;
  }

  /** The exit status, or minus the number of the signal that ended it; null while it runs. */
  getReturncode(): number | null {
    return this.#returncode;
  }

  /**
   * The transport of one of the process's pipes, null if there is none.
   * @param fd - 0 for stdin, 1 for stdout, 2 for stderr; for any other number there is none.
   * @throws ArgumentError ERR_ARGUMENT_TYPE.
   */
  getPipeTransport(fd: number): SocketTransport | null {
    if (typeof fd !== "number") throw wrongArgument("getPipeTransport", "a descriptor, 0 to 2", fd);
    return this.#pipes[fd]?.transport ?? null;
  }

  /**
   * What is known about the process: nothing beyond what has its own method, so always `fallback`.
   * @throws ArgumentError ERR_ARGUMENT_TYPE for a name that is no string.
   */
  getExtraInfo(name: string, fallback?: unknown): unknown {
    checkString("getExtraInfo", "a name", name);
    return fallback;
  }

  /** The protocol that receives events. */
  getProtocol(): SubprocessProtocol {
    return this.#protocol;
  }

  /** Sends events to another protocol from now on: an object with some of its methods. @throws ArgumentError ERR_ARGUMENT_TYPE. */
  setProtocol(protocol: SubprocessProtocol): void {
    if (typeof protocol !== "object" || protocol === null)
      throw wrongArgument("setProtocol", "a protocol, an object", protocol);
    this.#protocol = protocol;
  }

  // ── Signals ───────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends the process a signal.
   * @param signal - its name, such as "SIGINT".
   * @throws ProcessError ESRCH when the process is known to have ended, EPERM when that is not permitted; ArgumentError
   * ERR_ARGUMENT_TYPE, or ERR_ARGUMENT_VALUE if it is not the name of a signal.
   */
  sendSignal(signal: Signal): void {
    checkString("sendSignal", 'a signal\'s name, such as "SIGTERM",', signal);
    if (this.#returncode !== null) {
      const reason = `it has ended, with ${this.#returncode}`;
      throw processError(`cannot send ${signal} to process ${this.getPid()}`, { code: "ESRCH", reason });
    }
    const failure = this.#child.kill(signal);
    // It has ended, and the loop will be notified.
    if (failure === undefined || failure.code === "ESRCH") return;
    if (failure.code === "EINVAL") {
      throw new ArgumentError(
        "ERR_ARGUMENT_VALUE",
        `sendSignal needs a signal that this system has, such as "SIGTERM": ${failure.reason}`,
      );
    }
    throw processError(`cannot send ${signal} to process ${this.getPid()}`, failure);
  }

  /** Asks the process to end, with SIGTERM. @throws ProcessError ESRCH or EPERM. */
  terminate(): void {
    this.sendSignal("SIGTERM");
  }

  /** Ends the process, with SIGKILL. @throws ProcessError ESRCH or EPERM. */
  kill(): void {
    this.sendSignal("SIGKILL");
  }

  // ── Ending ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Closes the pipes, and kills the process if it runs. Harmless to repeat. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pipe of this.#pipes) pipe?.transport.close();
    if (this.#returncode === null) this.#child.kill("SIGKILL");
  }

  /** Whether `close` was called. */
  isClosing(): boolean {
    return this.#closed;
  }

  /** Waits until the process has ended. @returns its returncode. @internal */
  wait(): Operation<number> {
    return exitOf(this);
  }

  /** @internal */
  *exited(): Generator<unknown, number, unknown> {
    if (this.#returncode === null) yield* this.#exitWaiters.wait();
    return this.#returncode as unknown as number;
  }

  /** Kills the process if it is running, and waits for its end, however often that is cancelled. @internal */
  *reap(): Generator<unknown, void, unknown> {
    let cancelled: CancelledError | undefined;
    this.close();
    while (this.#returncode === null && this.#isDoomed()) {
      try {
        yield* this.exited();
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancelled = error;
      }
    }
    if (cancelled !== undefined) throw cancelled;
  }

  /** One that may not be killed ends in its own time, and is not waited for. */
  #isDoomed(): boolean {
    const failure = this.#child.kill("SIGKILL");
    return failure === undefined || failure.code === "ESRCH";
  }

  toString(): string {
    const state = this.#returncode === null ? "running" : `returncode=${this.#returncode}`;
    return `<SubprocessTransport pid=${this.getPid()} ${state}${this.#closed ? " closed" : ""}>`;
  }

  // ── In the channel's turn ─────────────────────────────────────────────────────────────────────────────────────

  /** @internal */
  ready(bits: number): void {
    this.#runs();
    if ((bits & HANGUP) === 0) {
      // It runs now.
      this.#channel.want(HANGUP);
      this.#exitWaiters.wake();
      return;
    }
    this.#channel.close();
    if (this.#child.pid !== undefined) {
      this.#returncode = this.#child.returncode ?? 0;
      this.tell((protocol) => protocol.processExited?.());
      this.finishIfOver();
    }
    this.#exitWaiters.wake();
  }

  /** @internal */
  hasOpenPipe(fd: number): boolean {
    return this.#pipes[fd]?.isOpen === true;
  }

  /** Calls the protocol in a turn of its own, so that what it throws affects nothing else. @internal */
  tell(news: (protocol: SubprocessProtocol) => void): void {
    // Nothing is reported about what has never run.
    if (this.#child.pid === undefined) return;
    this.#loop.callSoon(() => news(this.#protocol));
  }

  /** @internal */
  finishIfOver(): void {
    if (this.#lost || this.#returncode === null || this.#pipes.some((pipe) => pipe?.isOpen)) return;
    this.#lost = true;
    this.tell((protocol) => protocol.connectionLost?.(undefined));
  }

  /** @internal */
  abandoned(): void {
    if (!this.#outlives) this.#child.kill("SIGKILL");
  }
}

const exitOf = coroutine(function* wait(transport: SubprocessTransport) {
  return yield* transport.exited();
});

/** What one pipe's transport reports, passed on to the protocol of the process. */
class Pipe implements Protocol {
  isOpen = true;
  transport!: SocketTransport;
  readonly #owner: SubprocessTransport;
  readonly #fd: number;

  constructor(owner: SubprocessTransport, fd: number) {
    this.#owner = owner;
    this.#fd = fd;
  }

  connectionMade(transport: SocketTransport): void {
    this.transport = transport;
  }

  dataReceived(bytes: Uint8Array): void {
    this.#owner.getProtocol().pipeDataReceived?.(this.#fd, bytes);
  }

  /** A pipe has one direction: its end closes it. */
  eofReceived(): boolean {
    return false;
  }

  connectionLost(error: Error | undefined): void {
    this.isOpen = false;
    this.#owner.tell((protocol) => protocol.pipeConnectionLost?.(this.#fd, error));
    this.#owner.finishIfOver();
  }

  pauseWriting(): void {
    this.#owner.getProtocol().pauseWriting?.();
  }

  resumeWriting(): void {
    this.#owner.getProtocol().resumeWriting?.();
  }
}
