/**
 * Owns the three streams of a program as the shim has them: reading waits until there is something, writing until there is room.
 */
import { Fd, wasi } from "@bjorn3/browser_wasi_shim";
import type { ProgramClock } from "./time.ts";

/** Where a program's streams come from and go to, and its time. All calls wait by holding up the thread. */
export interface ProgramStreams {
  readonly clock: ProgramClock;
  /** Up to `max` bytes, as soon as there are any; none at the end. */
  read(max: number): Uint8Array;
  /** Waits until there is something to read, or the end, at most so many milliseconds. @returns whether there is. */
  waitReadable(timeoutMs: number): boolean;
  /** Writes all of it. @returns false when nobody reads any more. */
  write(fd: 1 | 2, bytes: Uint8Array): boolean;
  /** Waits so many milliseconds. */
  sleep(durationMs: number): void;
}

/** What is neither a file nor a terminal. */
const FILETYPE = 0;
const ERRNO_PIPE = 64;

abstract class Stream extends Fd {
  protected readonly streams: ProgramStreams;

  constructor(streams: ProgramStreams) {
    super();
    this.streams = streams;
  }

  protected abstract readonly rights: number;

  override fd_fdstat_get(): { ret: number; fdstat: wasi.Fdstat | null } {
    const fdstat = new wasi.Fdstat(FILETYPE, 0);
    fdstat.fs_rights_base = BigInt(this.rights | wasi.RIGHTS_POLL_FD_READWRITE);
    return { ret: 0, fdstat };
  }

  override fd_filestat_get(): { ret: number; filestat: wasi.Filestat | null } {
    return { ret: 0, filestat: new wasi.Filestat(0n, FILETYPE, 0n) };
  }
}

export class Input extends Stream {
  protected readonly rights = wasi.RIGHTS_FD_READ;

  override fd_read(size: number): { ret: number; data: Uint8Array } {
    return { ret: 0, data: size === 0 ? new Uint8Array(0) : this.streams.read(size) };
  }
}

export class Output extends Stream {
  protected readonly rights = wasi.RIGHTS_FD_WRITE;
  private readonly fd: 1 | 2;

  constructor(streams: ProgramStreams, fd: 1 | 2) {
    super(streams);
    this.fd = fd;
  }

  override fd_write(data: Uint8Array): { ret: number; nwritten: number } {
    if (data.length === 0 || this.streams.write(this.fd, data)) return { ret: 0, nwritten: data.length };
    return { ret: ERRNO_PIPE, nwritten: 0 };
  }
}
