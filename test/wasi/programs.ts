/**
 * Owns the WASI programs of the tests, compiled when they are asked for: those in C by Debian's clang and wasi-libc, those in
 * AssemblyScript by asc. Compiled once for each version of a source.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const OUT = join(FOLDER, "../../build/wasi");
/** How the example compiles its programs. */
const CONFIG = join(FOLDER, "../../examples/shell/asconfig.json");
const ASC = join(FOLDER, "../../node_modules/assemblyscript/bin/asc.js");

export const HOW_TO_GET = "apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32";

/** Whether programs in C can be compiled here. */
export function hasClang(): boolean {
  return (
    existsSync("/usr/lib/wasm32-wasi/crt1-command.o") &&
    spawnSync("clang", ["--version"]).status === 0 &&
    spawnSync("wasm-ld", ["--version"]).status === 0
  );
}

export const IN_C = ["upper", "sort", "calc", "probe"] as const;
export type InC = (typeof IN_C)[number];

export function programInC(name: InC): Uint8Array {
  return compiled(join(FOLDER, "programs", `${name}.c`), name, (source, out) => {
    const flags = ["--target=wasm32-wasi", "--sysroot=/usr", "-O2", "-Wall", "-Werror", "-Wl,--strip-all"];
    execFileSync("clang", [...flags, source, "-o", out]);
  });
}

export function programInAssembly(name: "count"): Uint8Array {
  return compiled(join(FOLDER, "assembly", `${name}.ts`), name, (source, out) => {
    execFileSync(process.execPath, [ASC, source, "--config", CONFIG, "--outFile", out]);
  });
}

function compiled(source: string, name: string, compile: (source: string, out: string) => void): Uint8Array {
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  const out = join(OUT, `${name}-${hash}.wasm`);
  if (!existsSync(out)) {
    mkdirSync(OUT, { recursive: true });
    // Several test files may be at it.
    const own = join(OUT, `${name}-${process.pid}.wasm`);
    compile(source, own);
    renameSync(own, out);
  }
  return new Uint8Array(readFileSync(out));
}
