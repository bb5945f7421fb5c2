/**
 * Owns the memory that a program in a worker shares with the loop: a ring of what is to be read, and how much of what was
 * written has been taken. Both sides use it, so it knows neither.
 */

const RING_BYTES = 64 * 1024;
/** How much may be written and not taken, of each stream. */
const UNTAKEN_BYTES_MAX = 64 * 1024;
const CELLS = 16;
/** Cells of the header. Counts are of bytes, and go round at 2 ** 32. */
const PUT = 0;
const TAKEN = 1;
const ENDED = 2;
/** The loop waits for room in the ring. */
const WAITING = 3;
/** Changes whenever the loop has done something that the program may wait for. */
const NEWS = 4;
/** Of what was written, by descriptor. */
const WRITTEN_TAKEN = 5;
const WRITTEN_CLOSED = 8;

/** Whether there is memory to share: in pages, if they are isolated from other origins. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer === "function";
}

/** The memory, as either side sees it. */
export class Shared {
  readonly buffer: SharedArrayBuffer;
  private readonly cells: Int32Array;
  private readonly ring: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(CELLS * 4 + RING_BYTES)) {
    this.buffer = buffer;
    this.cells = new Int32Array(buffer, 0, CELLS);
    this.ring = new Uint8Array(buffer, CELLS * 4);
  }

  // ── The loop's side ───────────────────────────────────────────────────────────────────────────────────────────

  /** Puts as much as there is room for. @returns how many bytes. */
  put(bytes: Uint8Array): number {
    const at = this.load(PUT);
    const count = Math.min(bytes.length, RING_BYTES - this.readable());
    for (let done = 0; done < count; ) {
      const from = (at + done) % RING_BYTES;
      const part = Math.min(count - done, RING_BYTES - from);
      this.ring.set(bytes.subarray(done, done + part), from);
      done += part;
    }
    Atomics.store(this.cells, PUT, at + count);
    if (count > 0) this.tell();
    return count;
  }

  /** Asks to be told of room. @returns false when there is some already. */
  waitForRoom(): boolean {
    Atomics.store(this.cells, WAITING, 1);
    return this.readable() === RING_BYTES;
  }

  end(): void {
    Atomics.store(this.cells, ENDED, 1);
    this.tell();
  }

  /** So many bytes of what the program has written were taken. */
  take(fd: 1 | 2, count: number): void {
    Atomics.add(this.cells, WRITTEN_TAKEN + fd, count);
    this.tell();
  }

  /** Nobody takes what the program writes any more. */
  closeWritten(fd: 1 | 2): void {
    Atomics.store(this.cells, WRITTEN_CLOSED + fd, 1);
    this.tell();
  }

  private tell(): void {
    Atomics.add(this.cells, NEWS, 1);
    Atomics.notify(this.cells, NEWS);
  }

  // ── The program's side ────────────────────────────────────────────────────────────────────────────────────────

  /** What news there is so far, to be handed to `waitForNews`. */
  news(): number {
    return Atomics.load(this.cells, NEWS);
  }

  /** Holds up the thread until there is other news, at most so many milliseconds. */
  waitForNews(known: number, timeoutMs: number): void {
    Atomics.wait(this.cells, NEWS, known, timeoutMs);
  }

  /** How many bytes can be read. */
  readable(): number {
    return (this.load(PUT) - this.load(TAKEN)) >>> 0;
  }

  hasEnded(): boolean {
    return Atomics.load(this.cells, ENDED) === 1;
  }

  /** Takes up to `max` of the bytes that can be read. */
  read(max: number): Uint8Array {
    const at = this.load(TAKEN);
    const bytes = new Uint8Array(Math.min(max, this.readable()));
    for (let done = 0; done < bytes.length; ) {
      const from = (at + done) % RING_BYTES;
      const part = Math.min(bytes.length - done, RING_BYTES - from);
      bytes.set(this.ring.subarray(from, from + part), done);
      done += part;
    }
    Atomics.store(this.cells, TAKEN, at + bytes.length);
    return bytes;
  }

  /** Whether the loop waits for room; it is told once. */
  takeWaiting(): boolean {
    return Atomics.exchange(this.cells, WAITING, 0) === 1;
  }

  /** Whether there is room for more, when so many bytes have been written in all. */
  hasRoom(fd: 1 | 2, written: number): boolean {
    return (written - this.load(WRITTEN_TAKEN + fd)) >>> 0 < UNTAKEN_BYTES_MAX;
  }

  isWrittenClosed(fd: 1 | 2): boolean {
    return Atomics.load(this.cells, WRITTEN_CLOSED + fd) === 1;
  }

  private load(cell: number): number {
    return Atomics.load(this.cells, cell) >>> 0;
  }
}
