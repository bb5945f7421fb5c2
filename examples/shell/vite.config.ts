/**
 * How Vite builds and serves the page: with the two headers that isolate it from other origins, without which engines share no
 * memory with workers, and with its programs, which are compiled from AssemblyScript as asconfig.json says.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { defineConfig } from "vite";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
/** What is no program of its own. */
const SHARED = ["streams.ts", "wasi_snapshot_preview1.ts"];

export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

async function compilePrograms(): Promise<void> {
  mkdirSync(join(ROOT, "public/programs"), { recursive: true });
  const sources = readdirSync(join(ROOT, "programs")).filter((name) => !SHARED.includes(name));
  for (const name of sources) {
    const out = `public/programs/${name.replace(/\.ts$/, ".wasm")}`;
    const { error, stderr } = await asc.main([`programs/${name}`, "--outFile", out, "--baseDir", ROOT]);
    if (error !== null) throw new Error(`${name}: ${error.message}\n${stderr.toString()}`);
  }
}

export default defineConfig(async () => {
  await compilePrograms();
  return {
    root: ROOT,
    // Relative, so that the output may be served from any folder.
    base: "./",
    build: {
      outDir: fileURLToPath(new URL("../../build/examples-shell", import.meta.url)),
      emptyOutDir: true,
      target: "es2022",
    },
    server: { host: "127.0.0.1", headers: ISOLATION },
    preview: { host: "127.0.0.1", headers: ISOLATION },
  };
});
