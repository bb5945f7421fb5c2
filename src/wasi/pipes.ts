/**
 * Owns the loop's ends of a program's pipes, as sockets of the host's interface: what the program writes is kept until it is
 * read, and what is written to it goes as far as there is room.
 */
import type { HostEvents, HostSocket } from "../host/network.ts";
import { concat } from "../io/bytes.ts";
import type { Shared } from "./shared.ts";

abstract class ProgramPipe implements HostSocket {
  readonly localAddress = undefined;
  readonly remoteAddress = undefined;
  protected events: HostEvents | undefined;
  protected isOver = false;

  watch(events: HostEvents): void {
    this.events = events;
  }

  /** Its end is told from a stack of its own, since this may be a call of the loop's. */
  protected finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    Promise.resolve().then(() => {
      this.events?.ended();
      this.events?.closed(undefined);
    });
  }

  abstract read(): Uint8Array | null;
  abstract write(bytes: Uint8Array): void;
  abstract readonly unsentBytes: number;
  abstract end(): void;
  abstract close(): void;
  abstract destroy(): void;
}

/** What the program writes to stdout or stderr. */
export class OutputPipe extends ProgramPipe {
  readonly unsentBytes = 0;
  private chunks: Uint8Array[] = [];
  private hasEnded = false;
  private readonly shared: Shared | undefined;
  private readonly fd: 1 | 2;

  constructor(shared: Shared | undefined, fd: 1 | 2) {
    super();
    this.shared = shared;
    this.fd = fd;
  }

  /** The program has written. @param fd - by which of its descriptors: both may lead here. */
  arrived(fd: 1 | 2, bytes: Uint8Array): void {
    if (this.isOver) return;
    this.chunks.push(bytes);
    // The program counts each of its descriptors by itself; what has come by the other is taken at once.
    if (fd !== this.fd) this.shared?.take(fd, bytes.length);
    this.events?.readable();
  }

  /** The program has ended. */
  ended(): void {
    this.hasEnded = true;
    if (this.chunks.length === 0) this.finish();
  }

  read(): Uint8Array | null {
    const [first, ...rest] = this.chunks;
    if (first === undefined) return null;
    this.chunks = [];
    const bytes = rest.length === 0 ? first : concat([first, ...rest]);
    this.shared?.take(this.fd, bytes.length);
    if (this.hasEnded) this.finish();
    return bytes;
  }

  write(): void {}
  end(): void {}

  close(): void {
    this.destroy();
  }

  destroy(): void {
    this.chunks = [];
    this.shared?.closeWritten(this.fd);
    this.finish();
  }
}

/** What is written to the program's stdin. */
export class InputPipe extends ProgramPipe {
  private readonly shared: Shared;
  private queue: Uint8Array[] = [];
  private unsent = 0;
  private endAsked = false;

  constructor(shared: Shared) {
    super();
    this.shared = shared;
  }

  read(): null {
    return null;
  }

  get unsentBytes(): number {
    return this.isOver ? 0 : this.unsent;
  }

  write(bytes: Uint8Array): void {
    if (this.isOver || this.endAsked) return;
    this.queue.push(bytes);
    this.unsent += bytes.length;
    this.pump();
  }

  /** There is room again. */
  room(): void {
    if (this.pump() && !this.isOver) this.events?.writable();
  }

  /** Hands over what there is room for. @returns whether any was. */
  private pump(): boolean {
    const before = this.unsent;
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      const count = this.shared.put(first);
      this.unsent -= count;
      if (count === first.length) this.queue.shift();
      else {
        this.queue[0] = first.subarray(count);
        if (this.shared.waitForRoom()) break;
      }
    }
    if (this.endAsked && this.queue.length === 0) {
      this.shared.end();
      this.finish();
    }
    return this.unsent < before;
  }

  end(): void {
    if (this.endAsked) return;
    this.endAsked = true;
    this.pump();
  }

  close(): void {
    this.end();
  }

  destroy(): void {
    this.queue = [];
    this.unsent = 0;
    this.end();
  }

  /** The program has ended, and reads no more. */
  ended(): void {
    this.queue = [];
    this.finish();
  }
}
