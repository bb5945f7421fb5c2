// Owns how the package's modules become a few files: what starts with a program is read by the host file by file, and sixty
// files took it several times as long as all they do. What entry points share stays one module to all of them.
// Nothing is minified or renamed: users meet it in their debuggers, and their bundlers make it small.

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { leanMaps } from "./lean-maps.mjs";

/** What package.json exports, besides every entry. */
const SUBPATHS = ["testing/index", "http/index", "edge/index"];

/** What goes into one file; the rest is where the one entry is that needs it. */
const GROUPS = [
  { name: "wasyncio", test: /\/(?:src\/(?:core|tasks|sync|io|index|host\/(?:host|alarm))|assembly\/)/ },
  { name: "node", test: /\/src\/host\/node/ },
];

/**
 * @param {string} folder - holds what tsc has made, as modules; afterwards its bundles, and the types as they were.
 * @param {string} scratch - for the bundles, until they take the modules' place.
 */
export async function bundlePackage(folder, scratch) {
  const entries = readdirSync(join(folder, "src/entry")).filter((name) => name.endsWith(".js"));
  const names = [...entries.map((name) => `entry/${name.slice(0, -".js".length)}`), ...SUBPATHS];
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
  cpSync(scratch, folder, { recursive: true });
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
