// Owns how the package's modules become a few files: the host reads what a program starts with file by file, and reading sixty
// files took several times as long as running them. What entry points share stays one module for all of them.
// Nothing is minified or renamed: users see it in their debuggers, and their bundlers make it small.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { leanMaps } from "./lean-maps.mjs";

/** What goes into one file; the rest goes with the one entry that needs it. */
const GROUPS = [
  {
    name: "wasyncio",
    test: /\/(?:src\/(?:core|tasks|sync|io|index|host\/(?:host|alarm|async-local-storage|processes))|assembly\/)/,
  },
  // Processes are read by those who start some.
  { name: "processes", test: /\/src\/host\/(?:node-processes|node-pipes)/ },
  { name: "node", test: /\/src\/host\/node/ },
  { name: "web", test: /\/src\/host\/web/ },
];

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
    ...subpaths().flatMap((name) => [`${name}/index`, ...bindings(folder, name, hosts)]),
  ];
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, resolve(folder, "src", `${name}.js`)])),
    external: [/^node:/, /^cloudflare:/, /\.wasm/],
    treeshake: { moduleSideEffects: (id) => id.includes("/src/entry/") },
    plugins: [{ name: "modules of tsc", load: withMap }],
  });
  rmSync(scratch, { recursive: true, force: true });
  await bundle.write({
    dir: join(scratch, "src"),
    format: "esm",
    sourcemap: true,
    // Comments are in the types and in the sources of the map; reading past them would take a millisecond at each start.
    comments: { annotation: true, jsdoc: false, legal: false },
    // The sources are in the map; their location on this machine does not belong there.
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
  cpSync(scratch, folder, { recursive: true });
  dropHeads(join(folder, "src"));
  for (const name of subpaths()) for (const host of hosts) writeEntry(join(folder, "src/entry"), name, host);
}

/**
 * The head of a file is for those who work on it; in a declaration it serves nobody, and would be a tenth of the package.
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
 * The sub-paths that are programs, by the folders of src/ that they are made of. package.json's exports say which exist:
 * another one takes a folder with an index.ts, and an export with the conditions of the main entry.
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
 * What a sub-path needs of hosts that the main entry does not: the files entry/NAME/HOST, as far as there are any.
 *
 * @param {string} folder @param {string} name @param {readonly string[]} hosts
 * @returns {string[]}
 */
function bindings(folder, name, hosts) {
  return hosts
    .map((host) => `entry/${name}/${host}`)
    .filter((binding) => existsSync(join(folder, "src", `${binding}.js`)));
}

/**
 * A sub-path as one host loads it: with the host's own entry, so that it brings the core and the host itself,
 * and so that there is only one of each. By relative paths, since a page's import map knows only what it lists.
 *
 * @param {string} entries @param {string} name @param {string} host
 */
function writeEntry(entries, name, host) {
  const binding = existsSync(join(entries, name, `${host}.js`)) ? `import "./${name}/${host}.js";\n` : "";
  writeFileSync(
    join(entries, `${name}.${host}.js`),
    `import "./${host}.js";\n${binding}export * from "../${name}/index.js";\n`,
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

/** @param {string} id */
function withMap(id) {
  const map = `${id}.map`;
  if (!existsSync(map)) return null;
  const code = readFileSync(id, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, "");
  return { code: markPure(code), map: readFileSync(map, "utf8") };
}

/**
 * Tells bundlers what they cannot see: these calls make something and have no side effects, so that programs that do not use it
 * need not include it, even though it is in one file with everything else.
 *
 * @param {string} code
 */
function markPure(code) {
  return code.replaceAll(
    /^((?:export )?const \w+ = )(coroutine\(\w|new FinalizationRegistry\()/gm,
    "$1/* @__PURE__ */ $2",
  );
}
