/**
 * The declarations as they are published, under each version of TypeScript that they are promised for: strict programs compile
 * against them, and the declarations themselves are checked. Each version in its own ways to find them, and with the types that
 * programs have of the host: the DOM's, Node's, none.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { runChild } from "../../hosts/child.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMPILERS = join(ROOT, "test/types/compilers");
const HOW_TO_GET = "npm ci --prefix test/types/compilers";

const { dependencies } = JSON.parse(readFileSync(join(COMPILERS, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};
/** Each compiler's folder; the last is the one that builds. */
const compilers = [
  ...Object.keys(dependencies).map((name) => [name, join(COMPILERS, "node_modules", name)]),
  ["typescript", join(ROOT, "node_modules/typescript")],
] as [name: string, folder: string][];

const MODULES = { node16: "node16", bundler: "esnext" };
const PROGRAMS: [file: string, resolution: keyof typeof MODULES, lib: string[], types: string[]][] = [
  ["consumer.ts", "node16", ["es2022", "dom"], []],
  ["consumer.ts", "bundler", ["es2022"], ["node"]],
  ["consumer-alone.ts", "node16", ["es2022"], []],
];

mkdirSync(join(ROOT, "build"), { recursive: true });
// Within the repository, since a program finds Node's types by where its settings are.
const folder = mkdtempSync(join(ROOT, "build/declarations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(compilers)("%s", (name, compiler) => {
  test("is installed", ({ skip }) => {
    if (!existsSync(compiler) && process.env.CI === undefined) skip(`not found; ${HOW_TO_GET}`);
    expect(existsSync(compiler)).toBe(true);
  });

  test.skipIf(!existsSync(compiler)).each(PROGRAMS)(
    "compiles %s, by the resolution %s, with the libraries %j and the types %j",
    async (file, resolution, lib, types) => {
      const settings = join(mkdtempSync(join(folder, `${name}-`)), "tsconfig.json");
      writeFileSync(
        settings,
        JSON.stringify({
          compilerOptions: {
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: false,
            noEmit: true,
            target: "es2022",
            module: MODULES[resolution],
            moduleResolution: resolution,
            lib,
            types,
          },
          files: [join(ROOT, "test/types", file)],
        }),
      );
      const args = [join(compiler, "bin/tsc"), "-p", settings];
      const { code, stdout, stderr } = await runChild(process.execPath, args, {
        cwd: ROOT,
        timeoutMs: 50_000,
      });
      expect(stdout + stderr).toBe("");
      expect(code).toBe(0);
    },
  );
});
