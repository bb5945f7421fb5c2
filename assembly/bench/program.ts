/**
 * Owns what the benchmark needs to be a program: its arguments, the clock, a line of output and the exit. Has no heap, for
 * the core owns all memory: the arguments and the line stand in pages of the core's.
 * Knows nothing of what is measured.
 */
import { PAGE_SIZE, pagesTake } from "../pages";
import { args_get, args_sizes_get, clock_time_get, fd_write, proc_exit } from "./wasi_snapshot_preview1";

const CLOCK_MONOTONIC: u32 = 1;
const CLOCK_PRECISION_NS: u64 = 1_000;
const STDOUT: u32 = 1;
const EXIT_SYSTEM: u32 = 71;

const ZERO: u8 = 48;
const NINE: u8 = 57;
const FRACTION_DIGITS: u64 = 1_000;

/** The page of the calls: what WASI writes to us, and the vector that it reads. */
let calls: u32 = 0;
const WRITTEN: u32 = 8;
const ARGUMENTS: u32 = 16;

let line: u32 = 0;
let lineLength: u32 = 0;
let argumentsCount: u32 = 0;

/** To be called first. */
export function programBegin(): void {
  calls = pagesTake(1);
  line = pagesTake(1);
  must(args_sizes_get(calls, calls + 4));
  const count = load<u32>(calls);
  if (ARGUMENTS + count * 4 + load<u32>(calls, 4) > PAGE_SIZE) exit(EXIT_SYSTEM);
  must(args_get(calls + ARGUMENTS, calls + ARGUMENTS + count * 4));
  argumentsCount = count;
}

/** An argument that is a whole number, or -1 when it is none or not there. The first after the program's name is 1. */
export function argumentNumber(index: u32): i64 {
  if (index >= argumentsCount) return -1;
  let at = load<u32>(calls + ARGUMENTS + index * 4);
  let value: i64 = load<u8>(at) == 0 ? -1 : 0;
  for (let digit = load<u8>(at); digit != 0; digit = load<u8>(++at)) {
    if (digit < ZERO || digit > NINE) return -1;
    value = value * 10 + (digit - ZERO);
  }
  return value;
}

export function nowNs(): u64 {
  must(clock_time_get(CLOCK_MONOTONIC, CLOCK_PRECISION_NS, calls));
  return load<u64>(calls);
}

/** Appends characters of ASCII to the line. */
export function printText(text: string): void {
  const characters = changetype<u32>(text);
  for (let i: u32 = 0; i < <u32>text.length; i++) printByte(<u8>load<u16>(characters + (i << 1)));
}

export function printNumber(value: u64): void {
  if (value >= 10) printNumber(value / 10);
  printByte(ZERO + <u8>(value % 10));
}

/** A fraction with three digits after the point. */
export function printFraction(dividend: u64, divisor: u64): void {
  printNumber(dividend / divisor);
  printByte(46);
  const digits = ((dividend % divisor) * FRACTION_DIGITS) / divisor;
  if (digits < 100) printByte(ZERO);
  if (digits < 10) printByte(ZERO);
  printNumber(digits);
}

/** Writes the line out. */
export function printEnd(): void {
  printByte(10);
  for (let done: u32 = 0; done < lineLength; done += load<u32>(calls, WRITTEN)) {
    store<u32>(calls, line + done);
    store<u32>(calls, lineLength - done, 4);
    must(fd_write(STDOUT, calls, 1, calls + WRITTEN));
  }
  lineLength = 0;
}

export function exit(code: u32): void {
  proc_exit(code);
  unreachable();
}

function printByte(byte: u8): void {
  if (lineLength == PAGE_SIZE) exit(EXIT_SYSTEM);
  store<u8>(line + lineLength++, byte);
}

function must(errno: u32): void {
  if (errno != 0) exit(EXIT_SYSTEM);
}
