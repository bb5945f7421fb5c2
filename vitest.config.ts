// Most tests run on both builds of the core; those of RUN_ONCE take long or do not depend on the build. The project twin
// holds the benchmarks' core in plain JavaScript to the tests of the real one, save those of its layout in memory.

import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { twinForVite } from "./bench/twin/plugin.mjs";
import { HostTable } from "./test/hosts/table.ts";

const EVERY_TEST = ["test/**/*.test.ts"];
const RUN_ONCE = [
  "package",
  "oracle",
  "conformance",
  "fuzz",
  "aplus",
  "types",
  "wasi-bench",
  "peers",
  "bench",
  "bench-report",
  "explore/{bugs,examples,primitives}",
].map((folder) => `test/${folder}/**/*.test.ts`);
/** Run once too, by themselves, since coverage is measured with them: nothing else calls most of what they test. */
const EXECUTORS = ["test/executors/**/*.test.ts"];
/** On the package as it is installed, and on other hosts than this one. */
const ON_HOSTS = ["hosts", "browsers", "loading", "browser-example", "explore/hosts"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
/** What takes too long for every run: `npm run test:long`. */
const LONG = ["next", "network", "explore/long"].map((folder) => `test/${folder}/**/*.test.ts`);
const ON_TWIN = ["core", "loop", "tasks", "sync", "twin"].map((folder) => `test/${folder}/**/*.test.ts`);
const NOT_ON_BUILDS = [...RUN_ONCE, ...EXECUTORS, ...ON_HOSTS, ...LONG, "test/twin/**", "**/node_modules/**"];
/** Does whatever can be done wrong, so that the core's own checks are the better half of it. */
const ON_CHECKED_BUILD = ["test/arguments/**"];
/** Runs only in workers, other processes, on other hosts or in the built package, and is tested there, where coverage is not measured. */
const ELSEWHERE = [
  "src/core/binary.ts",
  "src/entry/**",
  "src/host/{bun,deno,web,workerd}*.ts",
  "src/host/*rejection*.ts",
  "src/{host/node-,core/}signals.ts",
  "src/core/ctrl-c.ts",
  "src/executors/worker/**",
  "src/host/{worker-realm,node-child}.ts",
  "src/host/{standard-worker,guarded-processes}.ts",
  "src/wasi/{worker,child,child-process,polled-pipe}.ts",
];
const ABOUT_MEMORY = ["test/core/structures/check.test.ts", "test/core/steady.test.ts"];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^wasyncio$/, replacement: source("entry/node.ts") },
      { find: /^wasyncio\/([\w/-]+)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    setupFiles: ["test/setup.ts"],
    reporters: ["default", new HostTable()],
    pool: "forks",
    execArgv: ["--expose-gc"],
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/**"],
      exclude: ELSEWHERE,
      // The floor: below it `npm run test:coverage` fails. What it does not reach is reached by the fuzzers.
      thresholds: { statements: 96, branches: 92, functions: 97, lines: 97 },
      reporter: ["text-summary", "html", "json"],
      reportsDirectory: "build/coverage",
    },
    testTimeout: 10_000,
    hookTimeout: 10_000,
    projects: [
      project("release", "release", {
        include: EVERY_TEST,
        exclude: [...NOT_ON_BUILDS, ...ON_CHECKED_BUILD],
      }),
      project("debug", "debug", { include: EVERY_TEST, exclude: NOT_ON_BUILDS }),
      project("once", "release", { include: RUN_ONCE, testTimeout: 60_000 }),
      project("executors", "release", { include: EXECUTORS, testTimeout: 60_000 }),
      project("hosts", "release", {
        include: ON_HOSTS,
        globalSetup: "test/hosts/setup.ts",
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project("long", "release", { include: LONG, globalSetup: "test/hosts/setup.ts", testTimeout: 60_000 }),
      { ...project("twin", "twin", { include: ON_TWIN, exclude: ABOUT_MEMORY }), plugins: [twinForVite()] },
    ],
  },
});

function project(
  name: string,
  core: "release" | "debug" | "twin",
  options: NonNullable<TestProjectInlineConfiguration["test"]>,
): TestProjectInlineConfiguration {
  return { extends: true, test: { ...options, name, env: { WASYNCIO_CORE: core } } };
}

function source(path: string): string {
  return fileURLToPath(new URL(`./src/${path}`, import.meta.url));
}
