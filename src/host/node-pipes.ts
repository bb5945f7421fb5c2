/**
 * Owns pipes as `node:child_process` and `node:net` give them: streams with one direction, read in paused mode or written
 * to, as sockets of the host's interface. Knows nothing of processes.
 */
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import type { HostEvents, HostFailure, HostSocket } from "./network.ts";
import { failureOf } from "./node-names.ts";
import { takeAll } from "./node-reading.ts";

/** Which streams of Node's can be asked to keep no process alive; not all of them can. */
type Unreferable = { unref?: () => void };

/** What both directions have in common. */
abstract class NodePipe<S extends Readable | Writable> implements HostSocket {
  readonly localAddress = undefined;
  readonly remoteAddress = undefined;
  protected readonly stream: S;
  protected events: HostEvents | undefined;
  protected closed = false;
  private failure: HostFailure | undefined;

  constructor(stream: S) {
    this.stream = stream;
    // From the start, since an error that nobody listens for would end the process.
    stream.on("error", this.onError);
    stream.on("close", this.onClose);
    (stream as Unreferable).unref?.();
  }

  private readonly onError = (error: Error) => {
    this.failure ??= failureOf(error);
  };

  protected readonly onClose = () => {
    if (this.closed) return;
    this.closed = true;
    // For a pipe that is to be written to, this is the end; one that has been read to its end has told so.
    this.events?.ended();
    this.events?.closed(this.failure);
  };

  watch(events: HostEvents): void {
    this.events = events;
    if (this.closed || this.stream.destroyed) {
      this.closed = true;
      queueMicrotask(() => {
        events.ended();
        events.closed(this.failure);
      });
      return;
    }
    this.listen(events);
  }

  protected abstract listen(events: HostEvents): void;

  destroy(): void {
    this.stream.destroy();
  }

  abstract read(): Uint8Array | null;
  abstract write(bytes: Uint8Array): void;
  abstract readonly unsentBytes: number;
  abstract end(): void;
  abstract close(): void;
}

/** A pipe to read from. */
export class NodeReadPipe extends NodePipe<Readable> {
  readonly unsentBytes = 0;

  protected listen(events: HostEvents): void {
    this.stream.on("readable", () => events.readable());
    this.stream.on("end", () => events.ended());
  }

  read(): Uint8Array | null {
    return takeAll(this.stream, this.onMore);
  }

  private readonly onMore = () => {
    if (!this.closed) this.events?.readable();
  };

  write(): void {}
  end(): void {}

  close(): void {
    this.destroy();
  }
}

/** A pipe to write to. What is unsent is counted here, since Bun's streams do not tell. */
export class NodeWritePipe extends NodePipe<Writable> {
  private unsent = 0;

  protected listen(): void {}

  read(): null {
    return null;
  }

  write(bytes: Uint8Array): void {
    const { length } = bytes;
    this.unsent += length;
    this.stream.write(bytes, (error) => {
      this.unsent -= length;
      if (!error && !this.closed) this.events?.writable();
    });
  }

  get unsentBytes(): number {
    return this.closed ? 0 : this.unsent;
  }

  end(): void {
    this.stream.end();
  }

  close(): void {
    // Closed by the stream itself, once all has left.
    this.stream.end();
  }
}

/** A pipe to read from, of a descriptor or of a stream. */
export function readPipe(pipe: unknown): HostSocket | HostFailure {
  if (pipe instanceof Readable) return new NodeReadPipe(pipe);
  const socket = socketOn(pipe, { readable: true, writable: false });
  return socket instanceof Socket ? new NodeReadPipe(socket) : socket;
}

/** A pipe to write to, of a descriptor or of a stream. */
export function writePipe(pipe: unknown): HostSocket | HostFailure {
  if (pipe instanceof Writable) return new NodeWritePipe(pipe);
  const socket = socketOn(pipe, { readable: false, writable: true });
  return socket instanceof Socket ? new NodeWritePipe(socket) : socket;
}

function socketOn(
  fd: unknown,
  direction: { readonly readable: boolean; readonly writable: boolean },
): Socket | HostFailure {
  if (typeof fd !== "number") return { code: "EINVAL", reason: "it is neither a descriptor nor a stream" };
  try {
    const stats = fstatSync(fd);
    if (stats.isFile() || stats.isDirectory() || stats.isBlockDevice())
      return {
        code: "EINVAL",
        reason: `descriptor ${fd} is a file's, and none of a pipe, socket or terminal`,
      };
    return new Socket({ fd, ...direction });
  } catch (error) {
    return failureOf(error as Error);
  }
}
