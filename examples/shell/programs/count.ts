/** Numbers the lines that it reads. */
import { block, read, write } from "./streams";

/** As much as a block of empty lines becomes, each with a number of ten digits. */
const out: usize = memory.data(65536);
let line: u32 = 1;
let atStart = true;

/** Writes the number and a blank. @returns where they end. */
function number(at: usize): usize {
  let digits: u32 = 1;
  for (let rest = line; rest >= 10; rest /= 10) digits++;
  let rest = line;
  for (let i = digits; i > 0; i--, rest /= 10) store<u8>(at + i - 1, <u8>(48 + (rest % 10)));
  store<u8>(at + digits, 32);
  return at + digits + 1;
}

for (let size = read(); size > 0; size = read()) {
  let at = out;
  for (let i: u32 = 0; i < size; i++) {
    if (atStart) at = number(at);
    const byte = load<u8>(block + i);
    store<u8>(at++, byte);
    atStart = byte == 10;
    if (atStart) line++;
  }
  write(out, <u32>(at - out));
}
