/**
 * Owns the waiting for input of a program in a process of its own, which cannot ask its stdin without reading it: who writes there
 * counts what was written, and is told how much was taken.
 */
import { type HostTimer, makeDefaultHost } from "../host/host.ts";
import type { HostEvents, HostSocket } from "../host/network.ts";

interface Poll {
  readonly taken: number;
  readonly answer: (isReadable: boolean) => void;
  readonly timer: HostTimer | undefined;
}

/** A pipe to a program's stdin, which knows whether there is something to read. */
export class PolledPipe implements HostSocket {
  readonly localAddress = undefined;
  readonly remoteAddress = undefined;
  readonly #pipe: HostSocket;
  #written = 0;
  #hasEnded = false;
  #poll: Poll | undefined;

  constructor(pipe: HostSocket) {
    this.#pipe = pipe;
  }

  /** A program waits in one poll at a time. */
  poll(taken: number, timeoutMs: number, answer: (isReadable: boolean) => void): void {
    const host = makeDefaultHost();
    const timer = Number.isFinite(timeoutMs)
      ? host.wakeAt(host.now() + timeoutMs, () => this.#answer(false))
      : undefined;
    this.#poll = { taken, answer, timer };
    this.#look();
  }

  /** The program has ended. */
  forget(): void {
    this.#poll?.timer?.cancel();
    this.#poll = undefined;
  }

  #look(): void {
    if (this.#poll !== undefined && (this.#hasEnded || this.#written > this.#poll.taken)) this.#answer(true);
  }

  #answer(isReadable: boolean): void {
    const poll = this.#poll;
    this.forget();
    poll?.answer(isReadable);
  }

  get unsentBytes(): number {
    return this.#pipe.unsentBytes;
  }

  watch(events: HostEvents): void {
    this.#pipe.watch(events);
  }

  read(): null {
    return null;
  }

  write(bytes: Uint8Array): void {
    this.#written += bytes.length;
    this.#pipe.write(bytes);
    this.#look();
  }

  end(): void {
    this.#pipe.end();
    this.#ended();
  }

  close(): void {
    this.#pipe.close();
    this.#ended();
  }

  destroy(): void {
    this.#pipe.destroy();
    this.#ended();
  }

  #ended(): void {
    this.#hasEnded = true;
    this.#look();
  }
}
