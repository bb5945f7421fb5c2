// Three projects: most tests run on both builds of the core; those of RUN_ONCE take long or do not depend on the build.

import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const EVERY_TEST = ["test/**/*.test.ts"];
const RUN_ONCE = ["package", "oracle", "conformance", "fuzz", "aplus", "types"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

export default defineConfig({
  resolve: {
    alias: [
      { find: /^wasyncio$/, replacement: source("entry/node.ts") },
      { find: /^wasyncio\/testing$/, replacement: source("testing/index.ts") },
      { find: /^wasyncio\/http$/, replacement: source("http/index.ts") },
    ],
  },
  test: {
    setupFiles: ["test/setup.ts"],
    pool: "forks",
    execArgv: ["--expose-gc"],
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 10_000,
    projects: [
      project("release", "release", { include: EVERY_TEST, exclude: [...RUN_ONCE, "**/node_modules/**"] }),
      project("debug", "debug", { include: EVERY_TEST, exclude: [...RUN_ONCE, "**/node_modules/**"] }),
      project("once", "release", { include: RUN_ONCE, testTimeout: 60_000 }),
    ],
  },
});

function project(
  name: string,
  core: "release" | "debug",
  options: NonNullable<TestProjectInlineConfiguration["test"]>,
): TestProjectInlineConfiguration {
  return { extends: true, test: { ...options, name, env: { WASYNCIO_CORE: core } } };
}

function source(path: string): string {
  return fileURLToPath(new URL(`./src/${path}`, import.meta.url));
}
