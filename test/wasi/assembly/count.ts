/** Counts the lines of its input, and exits with 1 if there are none. */
import { fd_read, fd_write, proc_exit } from "./wasi_snapshot_preview1";

const BYTES: u32 = 4096;
const block = memory.data(4096);
const vector = memory.data(8);
const count = memory.data(4);

function main(): void {
  let lines: u32 = 0;
  for (;;) {
    store<u32>(vector, <u32>block);
    store<u32>(vector + 4, BYTES);
    if (fd_read(0, vector, 1, count) != 0) proc_exit(2);
    const read = load<u32>(count);
    if (read == 0) break;
    for (let i: u32 = 0; i < read; i++) if (load<u8>(block + i) == 10) lines++;
  }
  const text = String.UTF8.encode(`${lines.toString()}\n`);
  store<u32>(vector, <u32>changetype<usize>(text));
  store<u32>(vector + 4, text.byteLength);
  fd_write(1, vector, 1, count);
  if (lines == 0) proc_exit(1);
}

main();
