// Owns how the package @wasyncio/bench is bundled, for scripts/build.mjs: a program for each condition of wasyncio's exports,
// as one file with everything in it, so that it runs on hosts that take one file and for users who have none of the peers;
// and the command, with the drivers of hosts in it. Names are kept, so that profiles can be read.
//
// wasyncio and its twin are bundled from the same source in the same way. They share no function: what the engine
// learns of one would slow down the other. So the workloads are there twice, each with its own wasyncio.

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { twinForEsbuild } from "./twin/plugin.mjs";

/** The conditions that programs are made for; esbuild's platform decides how node: imports are taken. */
const CONDITIONS = {
  node: "node",
  deno: "node",
  bun: "node",
  browser: "browser",
  workerd: "neutral",
};

/** A window over all of them, since they are nearly the same; the next quality takes fifteen times as long for a tenth less. */
const BROTLI = {
  [constants.BROTLI_PARAM_QUALITY]: 9,
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
};

/** Those that run the core alone. */
const CORE_PROGRAMS = {
  wasi: "wasi/program.ts",
  "wasi-workerd": "wasi/program-workerd.ts",
  "wasi-node": "program-node-wasi.ts",
};

const PEERS = ["effect", "effection"];
const BUNDLED = [...PEERS, "tinybench", "@bjorn3/browser_wasi_shim"];
const TWIN = "workloads-on-twin";

/**
 * @param {string} folder - for what is shipped: the programs in one file, the command, and CPython's script. Emptied first.
 * @param {string} programs - for the programs as files, which profilers can be given. Emptied first.
 * @param {object} cores
 * @param {string} cores.core - path of the core.
 * @param {string} cores.coreBench - path of the core with a benchmark of its own around it.
 */
export async function bundleBenchmarks(folder, programs, { core, coreBench }) {
  for (const each of [folder, programs]) {
    rmSync(each, { recursive: true, force: true });
    mkdirSync(each, { recursive: true });
  }
  const conditions = Object.keys(CONDITIONS);
  await Promise.all([
    ...conditions.map((condition) => bundleProgram(condition, `${programs}/${condition}.mjs`)),
    ...Object.entries(CORE_PROGRAMS).map(([name, source]) =>
      bundleCoreProgram(source, `${programs}/${name}.mjs`),
    ),
  ]);
  const { contents } = await import(pathToFileURL(`${programs}/node.mjs`).href);
  const texts = [...conditions, ...Object.keys(CORE_PROGRAMS)].map((name) => [
    name,
    readFileSync(`${programs}/${name}.mjs`, "utf8"),
  ]);
  const archive = JSON.stringify({
    contents: contents(),
    programs: Object.fromEntries(texts),
    core: readFileSync(core).toString("base64"),
    coreBench: readFileSync(coreBench).toString("base64"),
  });
  writeFileSync(`${folder}/programs.br`, brotliCompressSync(archive, { params: BROTLI }));
  copyFileSync(here("cpython.py"), `${folder}/cpython.py`);
  copyFileSync(here("../hosts/launcher.mjs"), `${folder}/launcher.mjs`);
  writeFileSync(`${folder}/LICENSES.txt`, licences());
  await bundleCommand(`${folder}/cli.js`);
}

/** @param {string} condition @param {string} outfile */
async function bundleProgram(condition, outfile) {
  const { plugins, ...options } = shared(condition);
  await build({
    ...options,
    entryPoints: [here("program.ts")],
    outfile,
    plugins: [workloadsFrom(await bundleTwin(condition)), ...plugins],
    minifyWhitespace: true,
    minifySyntax: true,
    define: { BUNDLED_VERSIONS: JSON.stringify(bundledVersions()) },
    legalComments: "eof",
  });
}

/**
 * The text of the workloads on the twin. The peers are left to the program, which has them once.
 *
 * @param {string} condition
 */
async function bundleTwin(condition) {
  const { plugins, ...options } = shared(condition);
  const { outputFiles } = await build({
    ...options,
    entryPoints: [here("workloads/index.ts")],
    write: false,
    external: [...options.external, ...PEERS],
    plugins: [twinForEsbuild(), ...plugins],
  });
  return outputFiles[0]?.text ?? "";
}

/** @param {string} contents @returns {import("esbuild").Plugin} */
function workloadsFrom(contents) {
  return {
    name: TWIN,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${TWIN}$`) }, () => ({ path: TWIN, namespace: TWIN }));
      build.onLoad({ filter: /.*/, namespace: TWIN }, () => ({ contents, resolveDir: here(".") }));
    },
  };
}

/** @param {string} source @param {string} outfile */
async function bundleCoreProgram(source, outfile) {
  await build({
    ...shared("node"),
    entryPoints: [here(source)],
    outfile,
    minifyWhitespace: true,
    minifySyntax: true,
  });
}

/** @param {string} outfile */
async function bundleCommand(outfile) {
  await build({
    ...shared("node"),
    entryPoints: [here("cli/main.ts")],
    outfile,
    banner: { js: "#!/usr/bin/env node" },
    // What drives browsers and workerd is the user's own, where it is there.
    packages: "external",
  });
}

/** @param {string} condition @returns {import("esbuild").BuildOptions & { plugins: import("esbuild").Plugin[]; external: string[] }} */
function shared(condition) {
  return {
    bundle: true,
    format: "esm",
    target: "es2022",
    platform:
      /** @type {Record<string, "node" | "browser" | "neutral">} */ (CONDITIONS)[condition] ?? "neutral",
    conditions: [condition],
    mainFields: ["module", "main"],
    external: ["node:*"],
    logLevel: "warning",
    absWorkingDir: here(".."),
    plugins: [wasyncioFor(condition), coreStaysBeside],
  };
}

/** The namespace of the sub-path, as the host loads it: with what it needs of the host. */
const EXECUTORS = "executors";

/**
 * The package by its entry for the condition. Not by an alias, which would lose against the paths of tsconfig.json.
 *
 * @param {string} condition
 * @returns {import("esbuild").Plugin}
 */
function wasyncioFor(condition) {
  const path = here(`../src/entry/${condition}.ts`);
  // workerd has no threads to bring.
  const part = here(`../src/entry/parts/executors.${condition}.ts`);
  const executors = `export * from ${JSON.stringify(here("../src/executors/index.ts"))};`;
  const contents = existsSync(part) ? `import ${JSON.stringify(part)};${executors}` : executors;
  return {
    name: "wasyncio",
    /** @param {import("esbuild").PluginBuild} build */
    setup(build) {
      build.onResolve({ filter: /^wasyncio$/ }, () => ({ path }));
      build.onResolve({ filter: /^wasyncio\/testing$/ }, () => ({ path: here("../src/testing/index.ts") }));
      build.onResolve({ filter: /^wasyncio\/executors$/ }, ({ path: name }) => ({
        path: name,
        namespace: EXECUTORS,
      }));
      // The package says that only its built entries have effects; this is how they come about.
      build.onResolve({ filter: /.*/, namespace: EXECUTORS }, ({ path: each }) => ({
        path: each,
        sideEffects: true,
      }));
      build.onLoad({ filter: /.*/, namespace: EXECUTORS }, () => ({ contents, resolveDir: here(".") }));
    },
  };
}

/** workerd's core is a file next to the program: nothing may be compiled there while it runs. */
const coreStaysBeside = {
  name: "core stays a file of its own",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /\/core\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
  },
};

function bundledVersions() {
  const libraries = BUNDLED.map((name) => [name, packageAt(`../node_modules/${name}`).version]);
  return Object.fromEntries([["wasyncio", packageAt("..").version], ...libraries]);
}

/** What was bundled has to be shipped with its licence. None of it has a comment of that kind in its files. */
function licences() {
  return BUNDLED.map((name) => {
    const folder = `../node_modules/${name}`;
    const { version, license, author, repository } = packageAt(folder);
    const about = [author?.name ?? author, repository?.url ?? repository].filter(Boolean).join(", ");
    const text = here(`${folder}/LICENSE`);
    const words = existsSync(text) ? readFileSync(text, "utf8").trim() : `Licence: ${license}`;
    return `${name} ${version} (${about})\n\n${words}\n`;
  }).join("\n----\n\n");
}

/** @param {string} folder */
function packageAt(folder) {
  return JSON.parse(readFileSync(here(`${folder}/package.json`), "utf8"));
}

/** @param {string} path */
function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
