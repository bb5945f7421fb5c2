/** Owns what the tests of WASI programs share: the host's binding, and the counting of threads. */
import "../../src/entry/parts/wasi.node.ts";
import { readdirSync } from "node:fs";
import { type Bench, ioTest, until } from "../io/harness.ts";
import { hasClang, IN_C, type InC, programInC } from "./programs.ts";

export const clang = hasClang();

/** The threads of this process, those of workers among them. */
export function threads(): number {
  return readdirSync("/proc/self/task").length;
}

/** As `ioTest`, for tests of programs in C; besides, no thread may be left. */
export function wasiTest(
  name: string,
  body: (bench: Bench) => Generator<unknown, void, unknown>,
  timeoutMs = 20_000,
): void {
  if (!clang) return;
  ioTest(
    name,
    function* (bench) {
      const before = threads();
      yield* body(bench);
      yield* until("all threads have ended", () => threads() <= before);
    },
    timeoutMs,
  );
}

/** Compiled before any test begins, since that takes as long as it takes. */
const compiled = new Map<InC, Uint8Array>();
if (clang) for (const name of IN_C) compiled.set(name, programInC(name));

export function inC(name: InC): Uint8Array {
  return compiled.get(name) as Uint8Array;
}
