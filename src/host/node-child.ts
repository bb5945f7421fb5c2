/**
 * Owns a process that was started with a control pipe: its messages, and its streams as calls that hold up the thread. On Deno
 * the streams are Deno's own, which need no permission. Its program is that of a worker as well, so Node's modules are asked for
 * and not imported.
 */

const CONTROL = 3;

interface DenoStream {
  readSync(into: Uint8Array): number | null;
  writeSync(bytes: Uint8Array): number;
}

/** Set in front of the program's text, which is what tells a process from a worker. */
export const CHILD_PRELUDE = "globalThis.isChildOfWasyncio = true;";

interface Scope {
  readonly isChildOfWasyncio?: boolean;
  readonly process: {
    getBuiltinModule(name: "node:fs"): typeof import("node:fs");
    getBuiltinModule(name: "node:v8"): typeof import("node:v8");
    exit(code: number): void;
  };
}

const scope = globalThis as unknown as Scope;

export function isChild(): boolean {
  return scope.isChildOfWasyncio === true;
}

const { Deno } = globalThis as unknown as {
  readonly Deno?: Readonly<Record<"stdin" | "stdout" | "stderr", DenoStream>>;
};

/** The message that the process was started with. */
export function receive(): unknown {
  const length = new DataView(readExactly(4).buffer).getUint32(0, true);
  return scope.process.getBuiltinModule("node:v8").deserialize(readExactly(length));
}

function readExactly(count: number): Uint8Array<ArrayBuffer> {
  const { readSync } = scope.process.getBuiltinModule("node:fs");
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count; ) {
    const some = readSync(CONTROL, bytes, done, count - done, null);
    if (some === 0) throw new Error("the process that started this one has gone");
    done += some;
  }
  return bytes;
}

export function tell(message: unknown): void {
  const { writeSync } = scope.process.getBuiltinModule("node:fs");
  const bytes = scope.process.getBuiltinModule("node:v8").serialize(message);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  for (const each of [length, bytes])
    for (let done = 0; done < each.length; ) done += writeSync(CONTROL, each, done, each.length - done);
}

export function readInput(max: number): Uint8Array {
  const { readSync } = scope.process.getBuiltinModule("node:fs");
  const into = new Uint8Array(Math.min(max, 64 * 1024));
  const count =
    Deno === undefined ? readSync(0, into, 0, into.length, null) : (Deno.stdin.readSync(into) ?? 0);
  return into.subarray(0, count);
}

/** Writes all of it. @returns false when nobody reads. */
export function writeOutput(fd: 1 | 2, bytes: Uint8Array): boolean {
  const { writeSync } = scope.process.getBuiltinModule("node:fs");
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
  scope.process.exit(0);
}
