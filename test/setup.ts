/**
 * Runs before every test file: the package as on Node, but on the build of the core that the project asks for. The
 * project "twin" has another core in the place of WebAssembly, which never asks for a module.
 */
import { readFileSync } from "node:fs";
import "../src/entry/node.ts";
import "../src/entry/parts/subprocess.node.ts";
import { provideCoreModule } from "../src/core/wasm.ts";

const build = process.env.WASYNCIO_CORE;
if (build !== "release" && build !== "debug" && build !== "twin") {
  throw new Error(
    `WASYNCIO_CORE must be 'release', 'debug' or 'twin', not '${build}': run vitest with --project`,
  );
}

const path = `build/core.${build}.wasm`;

// After the entry point's own, which it replaces.
provideCoreModule(() => new WebAssembly.Module(readCore()));

function readCore(): Uint8Array {
  try {
    return readFileSync(new URL(`../${path}`, import.meta.url));
  } catch (cause) {
    throw new Error(`${path} cannot be read; run 'npm run build' first`, { cause });
  }
}
