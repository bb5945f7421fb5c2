/**
 * Owns making a host's program of a test's source: once with the package left to be found where it is installed, and from
 * that, for hosts that take one file, with the package as the host's conditions choose it.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import type { HostDriver } from "../../hosts/driver.ts";
import { installedFolder } from "./package.ts";

const COMMON: BuildOptions = {
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  logLevel: "warning",
  // The repository's own has paths that lead to the sources.
  tsconfigRaw: "{}",
};

/**
 * A program as a module that imports the package by its names, whatever else it imports being part of it.
 * @param source - of the program, from this folder.
 */
export async function moduleOf(source: string, outfile: string): Promise<void> {
  const entryPoints = [fileURLToPath(new URL(source, import.meta.url))];
  await build({ ...COMMON, entryPoints, outfile, external: ["wasyncio", "wasyncio/*"] });
}

/**
 * A program for this host.
 * @param source - of the program, from this folder.
 * @returns its path.
 */
export async function programFor({ name, conditions, takes }: HostDriver, source: string): Promise<string> {
  const installed = installedFolder();
  // A folder for each host: those of several test files are made at the same time.
  const folder = join(installed, "programs", name.replaceAll(/\W+/g, "-").toLowerCase());
  mkdirSync(folder, { recursive: true });
  const program = basename(source, ".ts");
  const modules = join(folder, `${program}.mjs`);
  await moduleOf(source, modules);
  if (takes === "modules") return modules;
  const bundle = join(folder, `${program}.bundle.mjs`);
  await build({
    ...COMMON,
    entryPoints: [modules],
    outfile: bundle,
    conditions: [...conditions],
    external: ["*.wasm", "*.wasm?module", "cloudflare:*", "node:*"],
  });
  copyFileSync(join(installed, "node_modules/wasyncio/dist/core.wasm"), join(folder, "core.wasm"));
  return bundle;
}
