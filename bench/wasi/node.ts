/**
 * Owns the run of the core's own benchmark under node:wasi: on Node and Deno. Bun has a module of that name too, but it
 * writes to no descriptor that it is given and answers no exit code.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import {
  argumentsToMeasure,
  type CommandResult,
  type CoreBenchOptions,
  type CoreMeasurement,
  measurementsOf,
} from "./measurements.ts";

/** Whether this host's node:wasi does what Node's does. */
export function hasNodeWasi(): boolean {
  return typeof WASI.prototype.getImportObject === "function";
}

/**
 * Measures only the core.
 *
 * @param bytes - build/core.bench.wasm.
 * @throws Error where `hasNodeWasi` is false.
 */
export async function runNodeWasiBench(
  bytes: Uint8Array,
  options: CoreBenchOptions = {},
): Promise<CoreMeasurement[]> {
  if (!hasNodeWasi()) throw new Error("this host's node:wasi is not Node's; use runWasiBench of shim.ts");
  return measurementsOf(await runCommand(await WebAssembly.compile(bytes), argumentsToMeasure(options)));
}

/** node:wasi writes to a file descriptor, so what the command prints goes through a file. */
async function runCommand(module: WebAssembly.Module, args: string[]): Promise<CommandResult> {
  const folder = mkdtempSync(join(tmpdir(), "wasyncio-bench-"));
  const path = join(folder, "stdout");
  const stdout = openSync(path, "w");
  try {
    const wasi = new WASI({ version: "preview1", args, stdout, returnOnExit: true });
    const imports = wasi.getImportObject() as Record<string, Record<string, unknown>>;
    const instance = await WebAssembly.instantiate(module, imports);
    const exitCode = wasi.start(instance);
    return { exitCode, stdout: readFileSync(path, "utf8") };
  } finally {
    closeSync(stdout);
    rmSync(folder, { recursive: true });
  }
}
