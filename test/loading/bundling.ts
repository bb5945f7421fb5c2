/**
 * Owns how a program in a folder is bundled: by each bundler's own API, without configuration, and with nothing to complain
 * of. What is made goes to the folder's `out`.
 */
import { basename, dirname, join } from "node:path";
import { type BuildOptions, build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { build as vite } from "vite";
import { expect } from "vitest";
import webpack from "webpack";

/** A program in a folder. */
export interface Bundled {
  readonly folder: string;
  /** The program's file, from the folder. */
  readonly input: string;
  /** The file that is made, from the folder's `out`. */
  readonly output: string;
}

/** The conditions by which the package was found: those of the entries among a bundler's inputs, its sub-paths' as well. */
export function conditionsIn(inputs: readonly string[]): string[] {
  const entries = inputs.filter((path) =>
    /node_modules\/wasyncio\/dist\/src\/entry\/[\w.-]+\.js$/.test(path),
  );
  return [...new Set(entries.map((path) => basename(path, ".js").split(".").at(-1) as string))];
}

export async function esbuildOf(
  { folder, input, output }: Bundled,
  options: BuildOptions,
): Promise<string[]> {
  const { metafile, warnings } = await esbuild({
    entryPoints: [join(folder, input)],
    outfile: join(folder, "out", output),
    bundle: true,
    format: "esm",
    metafile: true,
    logLevel: "silent",
    ...options,
  });
  expect(warnings).toEqual([]);
  return conditionsIn(Object.keys(metafile?.inputs ?? {}));
}

export function webpackOf({ folder, input, output }: Bundled, target: "web" | "node"): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const compiler = webpack({
      context: folder,
      mode: "production",
      target,
      entry: join(folder, input),
      output: { path: join(folder, "out", dirname(output)), filename: basename(output) },
    });
    if (compiler === null) throw new Error("webpack made no compiler");
    compiler.run((error, stats) => {
      compiler.close(() => {
        if (error || stats === undefined) return reject(error);
        const { errors, warnings, modules } = stats.toJson({ modules: true, nestedModules: true });
        expect(errors).toEqual([]);
        expect(warnings).toEqual([]);
        const all = (modules ?? []).flatMap((module) => [module, ...(module.modules ?? [])]);
        resolve(conditionsIn(all.map(({ name }) => name ?? "")));
      });
    });
  });
}

export async function rolldownOf(
  { folder, input, output }: Bundled,
  platform: "browser" | "node",
): Promise<string[]> {
  const warnings: string[] = [];
  const bundle = await rolldown({
    cwd: folder,
    input: join(folder, input),
    platform,
    onwarn: ({ code, message }) => {
      // A program that loads the main entry late may get it with the sub-path that it has loaded before.
      if (code !== "INEFFECTIVE_DYNAMIC_IMPORT") warnings.push(message);
    },
  });
  await bundle.write({
    dir: join(folder, "out", dirname(output)),
    entryFileNames: basename(output),
    chunkFileNames: "[name]-[hash].mjs",
  });
  const inputs = await bundle.watchFiles;
  await bundle.close();
  expect(warnings).toEqual([]);
  return conditionsIn(inputs);
}

/** Vite for a server. Packages are part of what it makes, for else it would leave them to Node. */
export async function viteOf({ folder, input, output }: Bundled): Promise<string[]> {
  const inputs: string[] = [];
  await vite({
    root: folder,
    configFile: false,
    logLevel: "silent",
    plugins: [{ name: "inputs", moduleParsed: ({ id }) => void inputs.push(id) }],
    ssr: { noExternal: true },
    build: {
      ssr: join(folder, input),
      outDir: join(folder, "out", dirname(output)),
      emptyOutDir: false,
      rolldownOptions: {
        output: { entryFileNames: basename(output), chunkFileNames: "[name]-[hash].mjs" },
      },
    },
  });
  return conditionsIn(inputs);
}
