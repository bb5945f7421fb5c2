/** Hands on what it reads, in capitals. */
import { block, read, write } from "./streams";

for (let size = read(); size > 0; size = read()) {
  for (let i: u32 = 0; i < size; i++) {
    const byte = load<u8>(block + i);
    if (byte >= 97 && byte <= 122) store<u8>(block + i, byte - 32);
  }
  write(block, size);
}
