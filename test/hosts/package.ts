/**
 * Owns the package as its users get it: packed by npm, and installed in a folder of its own. Done once for a whole run of
 * tests, by vitest's global setup (setup.ts), which tells the tests where.
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

/** The folder that the packed package is installed in: `wasyncio` is in its `node_modules`. */
export function installedFolder(): string {
  return inject("installed");
}

/** The tarball that npm has made. */
export function tarball(): string {
  return tarballIn(installedFolder());
}

function tarballIn(folder: string): string {
  const [name] = readdirSync(join(folder, PACKED));
  return join(folder, PACKED, name as string);
}

/** Packs what is built, and installs it in the folder. */
export function packAndInstall(folder: string): void {
  mkdirSync(join(folder, PACKED));
  // npm's own scripts would start a build; the one under test is there already.
  npm(ROOT, "pack", "--ignore-scripts", "--pack-destination", join(folder, PACKED));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  // The repository's own, around the folder, has paths that lead to the sources, and Bun goes by the nearest.
  writeFileSync(join(folder, "tsconfig.json"), "{}\n");
  npm(folder, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarballIn(folder));
}

function npm(cwd: string, ...args: string[]): void {
  execFileSync("npm", args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
}
