// Owns how the package's modules become a few files: what starts with a program is read by the host file by file, and sixty
// files took it several times as long as all they do. What entry points share stays one module to all of them.
// Nothing is minified or renamed: users meet it in their debuggers, and their bundlers make it small.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { leanMaps } from "./lean-maps.mjs";

/** What goes into one file; the rest is where the one entry is that needs it. */
const GROUPS = [
  { name: "wasyncio", test: /\/(?:src\/(?:core|tasks|sync|io|index|host\/(?:host|alarm)\.)|assembly\/)/ },
  { name: "node", test: /\/src\/host\/node(?!-workers)/ },
];

/** What needs no host of its own: what workers load, without the loop, and what stands on the main entry and a peer. */
const PLAIN = ["executors/worker/index", "executors/bullmq/index"];

/**
 * @param {string} folder - holds what tsc has made, as modules; afterwards its bundles, and the types as they were.
 * @param {string} scratch - for the bundles, until they take the modules' place.
 */
export async function bundlePackage(folder, scratch) {
  const hosts = readdirSync(join(folder, "src/entry"))
    .filter((name) => name.endsWith(".js"))
    .map((name) => name.slice(0, -".js".length));
  const names = [
    ...hosts.map((host) => `entry/${host}`),
    ...partsIn(folder).map((part) => `entry/parts/${part}`),
    ...subpaths().map((name) => `${name}/index`),
    ...PLAIN,
  ];
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, resolve(folder, "src", `${name}.js`)])),
    external: [/^node:/, /^cloudflare:/, /\.wasm/, "bullmq"],
    treeshake: { moduleSideEffects: (id) => id.includes("/src/entry/") },
    plugins: [{ name: "modules of tsc", load: withMap }],
  });
  rmSync(scratch, { recursive: true, force: true });
  await bundle.write({
    dir: join(scratch, "src"),
    format: "esm",
    sourcemap: true,
    // What explains stands in the types and in the sources of the map; to read past it takes a millisecond at each start.
    comments: { annotation: true, jsdoc: false, legal: false },
    // The sources are in the map; where they stood on this machine is nobody's business.
    sourcemapPathTransform: (source) => relative(process.cwd(), resolve(scratch, "src/entry", source)),
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
    codeSplitting: { groups: GROUPS },
  });
  await bundle.close();
  leanMaps(scratch);
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (/^(?:src|assembly)\/.*\.js(?:\.map)?$/.test(path)) rmSync(join(folder, path));
  }
  for (const name of PLAIN) dropMap(join(scratch, "src", `${name}.js`));
  cpSync(scratch, folder, { recursive: true });
  dropHeads(join(folder, "src"));
  const parts = partsIn(folder);
  for (const name of subpaths())
    for (const host of hosts)
      writeEntry(join(folder, "src/entry"), name, host, parts.includes(`${name}.${host}`));
}

/**
 * Short files that are like their sources line by line do without a map, for maps are half of the tarball.
 *
 * @param {string} path
 */
function dropMap(path) {
  rmSync(`${path}.map`);
  writeFileSync(path, readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, ""));
}

/**
 * What a sub-path needs of single hosts: `executors.node` and the like.
 *
 * @param {string} folder
 */
function partsIn(folder) {
  return readdirSync(join(folder, "src/entry/parts"))
    .filter((name) => name.endsWith(".js"))
    .map((name) => name.slice(0, -".js".length));
}

/**
 * The head of a file tells who works on it what it owns; in a declaration it is in the way of nothing, and a tenth of the package.
 *
 * @param {string} folder - of declarations.
 */
function dropHeads(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    const head = /^\/\*\*(?:[^*]|\*(?!\/))*\*\/\s*(?=import |export [{*]|\/\*\*|\/\/\/)/;
    writeFileSync(path, text.replace(head, ""));
  }
}

/**
 * The sub-paths that are programs, by the folders of src/ that they are made of. package.json's exports say which there are:
 * one more takes a folder with an index.ts, and an export with the conditions of the main entry.
 *
 * @returns {string[]}
 */
function subpaths() {
  /** @type {{ exports: Record<string, string | Record<string, string>> }} */
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  return Object.values(exports).flatMap((target) => {
    const types = typeof target === "string" ? undefined : target.types;
    return /^\.\/dist\/src\/(\w+)\/index\.d\.ts$/.exec(types ?? "")?.[1] ?? [];
  });
}

/**
 * A sub-path as one host loads it: with the host's own entry, so that it needs nobody else to bring the core and the host,
 * and so that there is one of each. By relative paths, for a page's import map knows no more than it was told.
 *
 * @param {string} entries @param {string} name @param {string} host
 * @param {boolean} hasPart - whether the host has to bring something for the sub-path alone.
 */
function writeEntry(entries, name, host, hasPart) {
  const part = hasPart ? `import "./parts/${name}.${host}.js";\n` : "";
  writeFileSync(
    join(entries, `${name}.${host}.js`),
    `import "./${host}.js";\n${part}export * from "../${name}/index.js";\n`,
  );
}

/**
 * The command `wasyncio`, as one file without a map: it is started, not imported.
 *
 * @param {string} source
 * @param {string} file
 */
export async function bundleCommand(source, file) {
  const bundle = await rolldown({ input: source, external: [/^node:/, /^wasyncio/] });
  await bundle.write({ file, format: "esm" });
  await bundle.close();
}

/**
 * A program as one text that needs nothing else, in a module that exports it.
 *
 * @param {string} source
 * @param {string} file
 */
export async function bundleAsText(source, file) {
  const bundle = await rolldown({ input: source });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  writeFileSync(
    file,
    `// Generated from ${source} by scripts/build.mjs; not under version control, do not edit.\n` +
      `export const workerProgram: string = ${JSON.stringify(output[0].code)};\n`,
  );
}

/** @param {string} id */
function withMap(id) {
  const map = `${id}.map`;
  if (!existsSync(map)) return null;
  const code = readFileSync(id, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, "");
  return { code: markPure(code), map: readFileSync(map, "utf8") };
}

/**
 * Tells bundlers what they cannot see: these calls make something and do nothing else, so that whoever does not use it need
 * not have it. In one file with all the rest, it would be there otherwise.
 *
 * @param {string} code
 */
function markPure(code) {
  return code.replaceAll(
    /^((?:export )?const \w+ = )(coroutine\(\w|new FinalizationRegistry\()/gm,
    "$1/* @__PURE__ */ $2",
  );
}
