// Builds the package: assembly/ -> build/*.wasm -> src/core/binary.ts -> dist/ -> bench/dist/ -> build/examples/.
//
//   node scripts/build.mjs          everything
//   node scripts/build.mjs --core   only the core, src/core/binary.ts and the texts of programs for workers
//
// Silent unless something is wrong. The core is compiled only when one of its inputs is newer than its outputs, and
// so is the benchmark around it.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleBenchmarks } from "../bench/bundle.mjs";
import { buildReport } from "../bench/report/build.mjs";
import { bundleAsText, bundleCommand, bundlePackage } from "./bundle.mjs";

const ASC = "node_modules/assemblyscript/bin/asc.js";
const TSC = "node_modules/typescript/bin/tsc";
const CORE_SIZE_BYTES_MAX = 24 * 1024;
const RELEASE = "build/core.release.wasm";
const DEBUG = "build/core.debug.wasm";
const BINARY = "src/core/binary.ts";
const CORE_TYPES = `/** The compiled core, for setModule(): a WebAssembly.Module, where the host or the bundler imports it as one. */
declare const module: object;
export default module;
`;
/** The core with a benchmark of its own around it, as a WASI command. */
const BENCH = "build/core.bench.wasm";
/** Which program becomes which text, and what it is made of beside the host's files. */
const TEXTS = [
  {
    source: "src/entry/programs/executors.ts",
    folders: ["src/executors", "src/executors/worker"],
    text: "src/executors/worker-program.ts",
    constant: "workerProgram",
  },
  {
    source: "src/entry/programs/wasi.ts",
    folders: ["src/wasi"],
    text: "src/wasi/program-source.ts",
    constant: "programSource",
  },
  {
    source: "bench/remote/worker.ts",
    folders: ["bench/remote", "src/executors", "src/executors/worker"],
    text: "bench/remote/worker-program.ts",
    constant: "remoteProgram",
  },
];
const BENCH_SOURCES = join("assembly", "bench");

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

try {
  buildCore();
  await buildPrograms();
  if (!process.argv.includes("--core")) {
    buildCoreBench();
    await buildPackage();
    await bundleBenchmarks("bench/dist", "build/bench", { core: RELEASE, coreBench: BENCH });
    await buildReport("bench/dist");
    buildExamples();
  }
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function buildCore() {
  const sources = coreInputs().filter((path) => !path.startsWith(BENCH_SOURCES));
  if (areNewer([RELEASE, DEBUG, BINARY], sources)) return;

  // Removed first: a build that fails must not leave yesterday's core behind.
  for (const output of [RELEASE, DEBUG, BINARY]) rmSync(output, { force: true });
  mkdirSync("build", { recursive: true });
  run(ASC, "--target", "release");
  run(ASC, "assembly/debug.ts", "--target", "debug");
  for (const path of [RELEASE, DEBUG]) checkImports(path);

  const release = readFileSync(RELEASE);
  if (release.byteLength > CORE_SIZE_BYTES_MAX) {
    throw new Error(
      `${RELEASE} has ${release.byteLength} bytes, more than the ${CORE_SIZE_BYTES_MAX} allowed`,
    );
  }
  mkdirSync("src/core", { recursive: true });
  writeFileSync(
    BINARY,
    "// Generated from assembly/ by scripts/build.mjs; not under version control, do not edit.\n" +
      `export const coreHex: string = "${release.toString("hex")}";\n`,
  );
}

/**
 * The programs that run in workers and in processes of their own, each as a text: whoever starts one needs no file of it,
 * however the package has been bundled.
 */
async function buildPrograms() {
  const shared = [...filesIn("src/host"), "scripts/bundle.mjs", "package-lock.json"];
  const texts = TEXTS.map(({ text }) => text);
  for (const { source, folders, text, constant } of TEXTS) {
    const inputs = [source, ...folders.flatMap(filesIn).filter((path) => !texts.includes(path)), ...shared];
    if (!areNewer([text], inputs)) await bundleAsText(source, text, constant);
  }
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder).map((name) => join(folder, name));
}

function buildCoreBench() {
  if (areNewer([BENCH], coreInputs())) return;
  rmSync(BENCH, { force: true });
  run(ASC, join(BENCH_SOURCES, "main.ts"), "--target", "bench");
}

/** Everything that the core is compiled from, including the benchmark around it. */
function coreInputs() {
  const sources = readdirSync("assembly", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("assembly", name));
  // The lock file stands for the version of asc; the folder's own time shows that a file was removed.
  return [...sources, "assembly", "asconfig.json", "package-lock.json", "scripts/build.mjs"];
}

async function buildPackage() {
  rmSync("dist", { recursive: true, force: true });
  run(TSC, "-p", "tsconfig.build.json");
  await bundlePackage("dist", "build/bundled");
  await bundleCommand("cli/main.ts", "dist/cli/main.js");
  copyFileSync(RELEASE, "dist/core.wasm");
  // It is part of what the package ships, and asks for this to be there.
  copyFileSync("node_modules/@bjorn3/browser_wasi_shim/LICENSE-MIT", "dist/LICENSE-browser_wasi_shim");
  writeFileSync("dist/core.wasm.d.ts", CORE_TYPES);
}

function buildExamples() {
  rmSync("build/examples", { recursive: true, force: true });
  if (existsSync("examples/tsconfig.json")) run(TSC, "-p", "examples/tsconfig.json");
}

/** @param {string} script @param {string[]} args */
function run(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  if (status !== 0) throw new Error(`failed: ${[script, ...args].join(" ")}`);
}

/** @param {string} path */
function checkImports(path) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(path)));
  if (imports.length > 0) {
    const names = imports.map(({ module, name }) => `${module}.${name}`).join(", ");
    throw new Error(`${path} must import nothing, but imports ${names}`);
  }
}

/** @param {string[]} outputs @param {string[]} inputs */
function areNewer(outputs, inputs) {
  return Math.max(...inputs.map(modifiedMs)) < Math.min(...outputs.map(modifiedMs));
}

/** @param {string} path */
function modifiedMs(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
