/**
 * Owns a process that was started with a control pipe: its messages, and its streams as calls that hold up the thread. On Deno
 * the streams are Deno's own, which need no leave.
 */
import { Buffer } from "node:buffer";
import { readSync, writeSync } from "node:fs";
import process from "node:process";
import { deserialize, serialize } from "node:v8";

const CONTROL = 3;

interface DenoStream {
  readSync(into: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
}

const { Deno } = globalThis as unknown as {
  readonly Deno?: Readonly<Record<"stdin" | "stdout" | "stderr", DenoStream>>;
};

/** The message that the process was started with. */
export function receive(): unknown {
  return deserialize(readExactly(readExactly(4).readUInt32LE(0)));
}

function readExactly(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  for (let done = 0; done < count; ) {
    const some = readSync(CONTROL, bytes, done, count - done, null);
    if (some === 0) throw new Error("the process that started this one has gone");
    done += some;
  }
  return bytes;
}

export function tell(message: unknown): void {
  const bytes = serialize(message);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length, 0);
  for (const each of [length, bytes])
    for (let done = 0; done < each.length; ) done += writeSync(CONTROL, each, done, each.length - done);
}

export function readInput(max: number): Uint8Array {
  const into = new Uint8Array(Math.min(max, 64 * 1024));
  const count =
    Deno === undefined ? readSync(0, into, 0, into.length, null) : (Deno.stdin.readSync(into) ?? 0);
  return into.subarray(0, count);
}

/** Writes all of it. @returns false when nobody reads. */
export function writeOutput(fd: 1 | 2, bytes: Uint8Array): boolean {
  const stream = fd === 1 ? Deno?.stdout : Deno?.stderr;
  try {
    for (let done = 0; done < bytes.length; )
      done += stream === undefined ? writeSync(fd, bytes, done) : stream.writeSync(bytes.subarray(done));
    return true;
  } catch {
    return false;
  }
}

export function exit(): void {
  process.exit(0);
}
