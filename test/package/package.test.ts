/** The package as it would be published: what is in it, what package.json promises of it, and what it must not give away. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./node-child.ts";
import { packed } from "./packed.ts";

const CORE_SIZE_BYTES_MAX = 24 * 1024;
const TARBALL_BYTES_MAX = 470_000;
/** Have no host to bring: what stands on a peer; the compiled core, and what workers load without the loop. */
const ON_A_PEER = ["./executors/bullmq", "./testing/fake-timers", "./testing/vitest"];
const WITHOUT_HOST = [".", "./core.wasm", "./executors/worker", ...ON_A_PEER];

type Target = string | { readonly [condition: string]: Target };
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, Target>;
};

function targetsOf(name: string, target: Target): [string, string][] {
  if (typeof target === "string") return [[name, target]];
  return Object.entries(target).flatMap(([condition, inner]) => targetsOf(`${name} ${condition}`, inner));
}

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("package.json", () => {
  test.each(Object.entries(exports).flatMap(([name, target]) => targetsOf(name, target)))(
    "%s exists: %s",
    (_name, path) => {
      expect(existsSync(join(ROOT, path))).toBe(true);
    },
  );

  test("types come first and the default last, for the first condition that fits is taken", () => {
    for (const target of Object.values(exports)) {
      if (typeof target === "string") continue;
      const conditions = Object.keys(target);
      expect(conditions[0]).toBe("types");
      expect(conditions.at(-1)).toBe("default");
    }
  });

  test("every sub-path with code is chosen by the main entry's conditions, so that it brings the same host", () => {
    const { types: _, ...ofMain } = exports["."] as Record<string, string>;
    for (const [subpath, target] of Object.entries(exports)) {
      if (typeof target === "string" || WITHOUT_HOST.includes(subpath)) continue;
      const name = subpath.slice("./".length);
      const expected = Object.entries(ofMain).map(([condition, path]) => [
        condition,
        path.replace("/entry/", `/entry/${name}.`),
      ]);
      expect(Object.entries(target)).toEqual([["types", `./dist/src/${name}/index.d.ts`], ...expected]);
    }
  });

  test("the package holds the build, the core's papers and the others, and no test or tool", () => {
    const { paths } = packed("");
    expect(paths).toEqual(
      expect.arrayContaining([
        "package.json",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",

        "assembly/README.md",
        "docs/asyncio.md",
        "dist/cli/main.js",
        "dist/core.wasm",
        "dist/src/shared/wasyncio.js",
        "dist/src/index.d.ts",
      ]),
    );
    const roots = new Set(paths.map((path) => path.split("/")[0]));
    expect([...roots].sort()).toEqual(
      [
        ...["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "assembly", "dist"],
        ...["docs", "package.json"],
      ].sort(),
    );
    const inDist = new Set(paths.map((path) => /^dist\/(\w+)\//.exec(path)?.[1]));
    expect([...inDist].sort()).toEqual(["assembly", "cli", "src", undefined]);
    expect(paths.filter((path) => /\btests?\b/.test(path))).toEqual([]);
  });

  test("the tarball is small", () => {
    expect(packed("").sizeBytes).toBeLessThanOrEqual(TARBALL_BYTES_MAX);
  });
});

describe("dist", () => {
  test("the core imports nothing and is small", () => {
    const bytes = readFileSync(join(ROOT, "dist/core.wasm"));
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
    expect(bytes.byteLength).toBeLessThanOrEqual(CORE_SIZE_BYTES_MAX);
  });

  test("no file names a folder of the machine that built it", () => {
    const folders = [ROOT, homedir(), "file://", "/node_modules/"];
    const naming = filesOf("dist").filter((path) => {
      const text = readFileSync(path, "latin1");
      return folders.some((folder) => folder.length > 1 && text.includes(folder));
    });
    expect(naming).toEqual([]);
  });

  test("only the entry points for edge runtimes import the core's file; the others hold its bytes", () => {
    const importing = filesOf("dist/src")
      .filter(
        (path) => path.endsWith(".js") && /^import .* from "[^"]*\.wasm/m.test(readFileSync(path, "utf8")),
      )
      .map((path) => path.slice(join(ROOT, "dist/src/entry/").length));
    expect(importing.sort()).toEqual(["edge-light.js", "workerd.js"]);
  });

  test("the main entry loads no module of Node that makes its start slow", () => {
    const entry = join(ROOT, "dist/src/entry/node.js");
    const loaded = new Set([entry]);
    for (const path of loaded) {
      if (path.startsWith("node:")) continue;
      const imports = readFileSync(path, "utf8").matchAll(/^(?:import|export)\b[^;"]*"([^"]+)";?$/gm);
      for (const [, name = ""] of imports)
        loaded.add(name.startsWith(".") ? join(dirname(path), name) : name);
    }
    // Others are loaded when they are wanted: sockets, files and names take some milliseconds together, and node:process makes the
    // streams of standard input and error.
    const modules = [...loaded].filter((name) => name.startsWith("node:"));
    expect(modules.sort()).toEqual(
      ["async_hooks", "buffer", "module", "os", "path", "perf_hooks", "timers"].map((name) => `node:${name}`),
    );
  });

  test("what is imported within it is named by a relative path, for a page without a bundler", () => {
    const bare = filesOf("dist/src")
      // They stand on a peer, and no page has them.
      .filter((path) => path.endsWith(".js") && !ON_A_PEER.some((name) => path.includes(name.slice(1))))
      .flatMap((path) => [
        ...readFileSync(path, "utf8").matchAll(/^(?!\s*\*)(?:import|.* from) "([^"]+)";$/gm),
      ])
      .map((match) => match[1] as string)
      .filter((specifier) => !specifier.startsWith("./") && !specifier.startsWith("../"))
      .filter((specifier) => !specifier.startsWith("node:"));
    expect(bare).toEqual([]);
  });
});
