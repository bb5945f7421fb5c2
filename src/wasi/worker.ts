/**
 * Owns a program's side of a worker: it gets one message, runs the program, and tells what comes of it. Knows of the worker
 * only how to post a message.
 */
import type { Outcome, ProgramConfig } from "./config.ts";
import { runProgram } from "./program.ts";
import { Shared } from "./shared.ts";
import type { ProgramStreams } from "./streams.ts";
import type { ProgramClock } from "./time.ts";

/** What the worker is told, once. */
export interface Beginning {
  readonly config: ProgramConfig;
  /** Where there is none, all input is given, and nothing holds the output up. */
  readonly shared: SharedArrayBuffer | null;
  /** All there is to read, unless it comes through shared memory. */
  readonly input: Uint8Array | null;
}

/** What the worker tells. */
export type Told =
  | { readonly told: "started" }
  | { readonly told: "written"; readonly fd: 1 | 2; readonly bytes: Uint8Array }
  | { readonly told: "room" }
  | { readonly told: "over"; readonly outcome: Outcome };

export type Post = (told: Told) => void;

export function runInWorker({ config, shared, input }: Beginning, post: Post, clock: ProgramClock): void {
  const memory = shared === null ? undefined : new Shared(shared);
  const streams = new WorkerStreams(memory, input, post, clock);
  const outcome = runProgram(config, streams, () => post({ told: "started" }));
  post({ told: "over", outcome });
}

class WorkerStreams implements ProgramStreams {
  readonly clock: ProgramClock;
  private readonly shared: Shared | undefined;
  private readonly post: Post;
  /** What is left of the input that was given whole. */
  private input: Uint8Array | null;
  private readonly written = [0, 0, 0];

  constructor(shared: Shared | undefined, input: Uint8Array | null, post: Post, clock: ProgramClock) {
    this.clock = clock;
    this.shared = shared;
    this.input = input;
    this.post = post;
  }

  read(max: number): Uint8Array {
    const { shared, input } = this;
    if (input !== null || shared === undefined) {
      const bytes = (input ?? new Uint8Array(0)).slice(0, max);
      this.input = (input ?? bytes).subarray(bytes.length);
      return bytes;
    }
    this.waitReadable(Number.POSITIVE_INFINITY);
    const bytes = shared.read(max);
    if (bytes.length > 0 && shared.takeWaiting()) this.post({ told: "room" });
    return bytes;
  }

  waitReadable(timeoutMs: number): boolean {
    const { shared, input } = this;
    if (input !== null || shared === undefined) return true;
    return this.wait(shared, timeoutMs, () => shared.readable() > 0 || shared.hasEnded());
  }

  write(fd: 1 | 2, bytes: Uint8Array): boolean {
    const { shared, written } = this;
    if (shared !== undefined) {
      const before = written[fd] as number;
      const isOver = () => shared.isWrittenClosed(fd) || shared.hasRoom(fd, before);
      this.wait(shared, Number.POSITIVE_INFINITY, isOver);
      if (shared.isWrittenClosed(fd)) return false;
    }
    written[fd] = ((written[fd] as number) + bytes.length) >>> 0;
    // Copied on the way: the shim goes on to ask for the length of what it has given.
    this.post({ told: "written", fd, bytes });
    return true;
  }

  sleep(durationMs: number): void {
    const { shared } = this;
    if (shared !== undefined) {
      this.wait(shared, durationMs, () => false);
      return;
    }
    // Without shared memory there is nothing to wait by.
    for (const endMs = this.clock.nowMs() + durationMs; this.clock.nowMs() < endMs; );
  }

  private wait(shared: Shared, timeoutMs: number, isOver: () => boolean): boolean {
    const endMs = this.clock.nowMs() + timeoutMs;
    for (;;) {
      const known = shared.news();
      if (isOver()) return true;
      const leftMs = endMs - this.clock.nowMs();
      if (leftMs <= 0) return false;
      shared.waitForNews(known, leftMs);
    }
  }
}
