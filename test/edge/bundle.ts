/**
 * Owns making one module of a program and the package's sources, as bundlers do for the edge: for one condition, with the
 * core as a file next to it.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** The builds of a test file, in a folder that goes with it. */
export class Bundles {
  readonly #folder = mkdtemp(join(tmpdir(), "wasyncio-bundle-"));
  #made = 0;

  /** Bundles a program. @param text - TypeScript; relative imports are relative to this folder. @returns its path. */
  async ofText(condition: "workerd" | "edge-light", text: string): Promise<string> {
    return await this.#build(condition, {
      stdin: { contents: text, loader: "ts", resolveDir: resolve("test/edge") },
    });
  }

  /** The same for a program in a file. */
  async ofFile(condition: "workerd" | "edge-light", file: string): Promise<string> {
    return await this.#build(condition, { entryPoints: [file] });
  }

  async #build(condition: string, input: object): Promise<string> {
    const folder = join(await this.#folder, String(++this.#made));
    await mkdir(folder);
    const outfile = join(folder, "program.mjs");
    await build({
      ...input,
      outfile,
      bundle: true,
      format: "esm",
      target: "es2022",
      logLevel: "error",
      // package.json speaks of the build when it says which files have side effects; these are the sources.
      ignoreAnnotations: true,
      alias: {
        wasyncio: resolve(`src/entry/${condition}.ts`),
        "wasyncio/testing": resolve("src/testing/index.ts"),
        "wasyncio/http": resolve("src/http/index.ts"),
        "wasyncio/edge": resolve("src/edge/index.ts"),
      },
      external: ["*.wasm", "*.wasm?module", "cloudflare:*", "node:*"],
    });
    await copyFile(`build/core.${process.env.WASYNCIO_CORE ?? "release"}.wasm`, join(folder, "core.wasm"));
    return outfile;
  }

  /** A module as it is. */
  async plain(text: string): Promise<string> {
    const file = join(await this.#folder, `${++this.#made}.mjs`);
    await writeFile(file, text);
    return file;
  }

  async remove(): Promise<void> {
    await rm(await this.#folder, { recursive: true, force: true });
  }
}
