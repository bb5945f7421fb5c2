/**
 * Owns the packages as their users get them: packed by npm, and installed in a folder of their own, the benchmarks' beside
 * the main one. Done once for a whole run of tests, by vitest's global setup (setup.ts), which tells the tests where.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKED = "packed";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the installed package. */
    installed: string;
  }
}

/** The folder that the packed packages are installed in: `wasyncio` and `@wasyncio/bench` are in its `node_modules`. */
export function installedFolder(): string {
  return inject("installed");
}

/** The tarball of the main package that npm has made. */
export function tarball(): string {
  const folder = join(installedFolder(), PACKED);
  return join(folder, readdirSync(folder).find((name) => /^wasyncio-\d/.test(name)) as string);
}

/** Packs what is built, and installs it in the folder. */
export function packAndInstall(folder: string): void {
  const packed = join(folder, PACKED);
  mkdirSync(packed);
  // npm's own scripts would start a build; the one under test is there already.
  const packages = ["--workspaces", "--include-workspace-root"];
  npm(ROOT, "pack", ...packages, "--ignore-scripts", "--pack-destination", packed);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  // The repository's own, around the folder, has paths that lead to the sources, and Bun goes by the nearest.
  writeFileSync(join(folder, "tsconfig.json"), "{}\n");
  const tarballs = readdirSync(packed).map((name) => join(packed, name));
  npm(folder, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs);
}

function npm(cwd: string, ...args: string[]): void {
  execFileSync("npm", args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
}
