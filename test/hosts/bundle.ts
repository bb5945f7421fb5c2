/**
 * Owns making a program of the suite: once with the package left to be found where it is installed, and from that, for
 * hosts that take one file, with the package as the host's conditions choose it.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import type { HostDriver } from "../../hosts/driver.ts";
import { installedFolder } from "./package.ts";

const SUITE = fileURLToPath(new URL("./suite/main.ts", import.meta.url));
const COMMON: BuildOptions = {
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  logLevel: "warning",
  // The repository's own has paths that lead to the sources.
  tsconfigRaw: "{}",
};

/** The suite as a program for this host. @returns its path. */
export async function suiteFor({ name, conditions, takes }: HostDriver): Promise<string> {
  const installed = installedFolder();
  // A folder for each host: those of several test files are made at the same time.
  const folder = join(installed, "suites", name.replaceAll(/\W+/g, "-").toLowerCase());
  mkdirSync(folder, { recursive: true });
  const modules = join(folder, "modules.mjs");
  await build({ ...COMMON, entryPoints: [SUITE], outfile: modules, external: ["wasyncio", "wasyncio/*"] });
  if (takes === "modules") return modules;
  const bundle = join(folder, "bundle.mjs");
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
