// Owns how the package's modules become a few files: the host reads what a program starts with file by file, and reading sixty
// files took several times as long as running them. What entry points share stays one module for all of them.
// Nothing is minified or renamed: users see it in their debuggers, and their bundlers make it small.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { leanMaps } from "./lean-maps.mjs";

/** What goes into one file; the rest goes with the one entry that needs it. */
const GROUPS = [
  {
    name: "wasyncio",
    test: /\/(?:src\/(?:core|tasks|sync|io|index|host\/(?:host|alarm|async-local-storage|processes))|assembly\/)/,
  },
  // Processes and threads are read by those who start some, so what they share with sockets goes with these: a group takes
  // along what it needs.
  { name: "node", test: /\/src\/host\/node(?!-child|-workers|-threads|-processes|-pipes|-folders)/ },
  { name: "processes", test: /\/src\/host\/node-(?:processes|pipes)/ },
  { name: "threads", test: /\/src\/host\/node-(?:threads|folders)/ },
  { name: "web", test: /\/src\/host\/web(?!-clock|-workers)/ },
];

/** What needs no host of its own: what workers load, without the loop, and what stands on the main entry and a peer. */
const PLAIN = [
  "executors/worker/index",
  "executors/bullmq/index",
  "testing/fake-timers/index",
  "testing/vitest/index",
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
    ...subpaths().map((name) => `${name}/index`),
    ...partsIn(folder).map((part) => `entry/parts/${part}`),
    ...PLAIN,
  ];
  const bundle = await rolldown({
    input: Object.fromEntries(names.map((name) => [name, resolve(folder, "src", `${name}.js`)])),
    external: [
      /^node:/,
      /^cloudflare:/,
      /\.wasm/,
      "bullmq",
      "@sinonjs/fake-timers",
      "vitest",
      "vitest/suite",
    ],
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
  for (const name of PLAIN) dropMap(join(scratch, "src", `${name}.js`));
  cpSync(scratch, folder, { recursive: true });
  dropUnreachable(folder);
  dropHeads(join(folder, "src"));
  const parts = partsIn(folder);
  for (const name of subpaths()) {
    for (const host of hosts)
      writeEntry(join(folder, "src/entry"), name, host, parts.includes(`${name}.${host}`));
  }
}

/**
 * Short files that resemble their sources line by line do without a map, since maps are half of the tarball.
 *
 * @param {string} path
 */
function dropMap(path) {
  rmSync(`${path}.map`);
  writeFileSync(path, readFileSync(path, "utf8").replace(/\n\/\/# sourceMappingURL=.*/, ""));
}

/**
 * Declarations that no export of the package leads to are of no use outside it, and half of their number.
 *
 * @param {string} folder
 */
function dropUnreachable(folder) {
  const reached = new Set();
  const reach = (/** @type {string} */ path) => {
    if (reached.has(path) || !existsSync(path)) return;
    reached.add(path);
    for (const [, specifier] of readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g))
      reach(join(dirname(path), /** @type {string} */ (specifier).replace(/(?:\.d)?\.[jt]s$/, ".d.ts")));
  };
  for (const types of typesOfExports()) reach(types);
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (name.endsWith(".d.ts") && !reached.has(path)) rmSync(path);
  }
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
  return typesOfExports().flatMap((types) => /^dist\/src\/(\w+)\/index\.d\.ts$/.exec(types)?.[1] ?? []);
}

/**
 * The declarations that package.json's exports name.
 *
 * @returns {string[]}
 */
function typesOfExports() {
  /** @type {{ exports: Record<string, string | Record<string, string>> }} */
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  return Object.values(exports).flatMap((target) =>
    typeof target === "string" || target.types === undefined ? [] : join(target.types),
  );
}

/**
 * What sub-paths need of single hosts that the main entry does not bring: `subprocess.node` and the like.
 *
 * @param {string} folder
 */
function partsIn(folder) {
  return readdirSync(join(folder, "src/entry/parts"))
    .filter((name) => name.endsWith(".js"))
    .map((name) => name.slice(0, -".js".length));
}

/**
 * A sub-path as one host loads it: with the host's own entry, so that it brings the core and the host itself,
 * and so that there is only one of each. By relative paths, since a page's import map knows only what it lists.
 *
 * @param {string} entries @param {string} name @param {string} host
 * @param {boolean} hasPart - whether the sub-path needs something of this host that the main entry does not bring.
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
 * A program as one text that needs nothing else, in a module that exports it as `constant`.
 *
 * @param {string} source
 * @param {string} file
 * @param {string} constant
 */
export async function bundleAsText(source, file, constant) {
  // The package says that importing it has no effect; this has one.
  const bundle = await rolldown({
    input: source,
    treeshake: { moduleSideEffects: (id) => id.endsWith(source) },
  });
  // A text that is a script and a module alike.
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  writeFileSync(
    file,
    `// Generated from ${source} by scripts/build.mjs; not under version control, do not edit.\n` +
      `export const ${constant}: string = ${JSON.stringify(output[0].code)};\n`,
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
