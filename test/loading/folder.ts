/**
 * Owns the folders in which the package is loaded as its users do: with the installed package and a program in them, and
 * gone at the end. Also which hosts the loading is tried on.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { Json } from "../../hosts/driver.ts";
import { installedFolder } from "../hosts/package.ts";

const PROGRAM = fileURLToPath(new URL("./program.mjs", import.meta.url));

/** What the program answers, on every host. */
export const ANSWER = {
  real: ["Hello, Ada", "Hello, Grace", "TimeoutError"],
  virtual: ["Hello, Ada", "Hello, Grace", "TimeoutError"],
  virtualMs: 25,
  fetched: null,
  served: "GET /page,slept,true,1025",
} satisfies Json;

/**
 * A folder with the program, these files, and the installed package in `node_modules`. It is not in the repository, where
 * tools would find the repository's own settings. Removed after the tests of this file.
 */
export function projectFolder(files: Readonly<Record<string, string>>): string {
  const installed = installedFolder();
  const folder = mkdtempSync(join(tmpdir(), "wasyncio-loading-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  cpSync(join(installed, "node_modules/wasyncio"), join(folder, "node_modules/wasyncio"), {
    recursive: true,
  });
  copyFileSync(PROGRAM, join(folder, "program.mjs"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The files of the package in a folder by the names it exports them under: where conditions choose, by condition. */
export function exportsIn(folder: string): Record<string, string | Record<string, string>> {
  const json = readFileSync(join(folder, "node_modules/wasyncio/package.json"), "utf8");
  return (JSON.parse(json) as { exports: ReturnType<typeof exportsIn> }).exports;
}
