/** The package @wasyncio/bench as it would be published, and how it fits the main one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./node-child.ts";
import { packed } from "./packed.ts";

interface Manifest {
  readonly version: string;
  readonly bin: Record<string, string>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const main = JSON.parse(read("package.json")) as Manifest;
const bench = JSON.parse(read("bench/package.json")) as Manifest;

test("it is of the main package's version, and asks for just that; the main package asks for nothing", () => {
  expect(bench).toMatchObject({ version: main.version, dependencies: { wasyncio: main.version } });
  expect(main.dependencies).toBeUndefined();
});

test("it holds the command, the programs, the page and the papers, and nothing else", () => {
  expect([...packed("bench").paths].sort()).toEqual([
    ...["LICENSE", "README.md", "dist/LICENSES.txt", "dist/cli.js", "dist/cpython.py", "dist/launcher.mjs"],
    ...["dist/network/client.c", "dist/network/server.mjs", "dist/network/server.py"],
    ...["dist/programs.br", "dist/report.js", "dist/report/template.html", "package.json"],
  ]);
  expect(read("bench/LICENSE")).toBe(read("LICENSE"));
});

test("no file of it names a folder of the machine that built it", () => {
  const naming = packed("bench").paths.filter((path) => {
    const text = readFileSync(join(ROOT, "bench", path), "latin1");
    return [ROOT, "file://"].some((folder) => text.includes(folder));
  });
  expect(naming).toEqual([]);
});

test("package-lock.json names no registry, so that any can be installed from", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { resolved?: string; link?: boolean }>;
  };
  const named = Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && !link);
  expect(named).toEqual([]);
});
