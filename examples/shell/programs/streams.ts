/** Owns what the programs share: reading a block of input, and writing all of one. */
import { fd_read, fd_write, proc_exit } from "./wasi_snapshot_preview1";

const BYTES: u32 = 4096;
export const block: usize = memory.data(4096);
const vector: usize = memory.data(8);
const count: usize = memory.data(4);

/** Reads into the block. Zero at the end. */
export function read(): u32 {
  store<u32>(vector, <u32>block);
  store<u32>(vector + 4, BYTES);
  return fd_read(0, vector, 1, count) == 0 ? load<u32>(count) : 0;
}

/** Writes all of it, and exits where nobody reads any more. */
export function write(at: usize, size: u32): void {
  while (size > 0) {
    store<u32>(vector, <u32>at);
    store<u32>(vector + 4, size);
    if (fd_write(1, vector, 1, count) != 0) proc_exit(1);
    const written = load<u32>(count);
    at += written;
    size -= written;
  }
}
