/** Every entry point, on Node: each condition finds its own, and the small program does the same on all of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answersAlone } from "../hosts/alone.ts";
import { node, ROOT } from "./node-child.ts";

const WASM_HOOKS = "--import=./test/package/wasm-hooks.mjs";

const greetings = ["Hello, Ada", "Hello, Grace", "enough"];
const expected = {
  real: greetings,
  tasks: ["A", "B"].map((name) => [name, name, name, name]),
  order: ["soon", "host", "later"],
  virtual: greetings,
  virtualMs: 2,
  asyncVirtual: greetings,
};

async function program(nodeOptions: string[], specifier: string, ...globals: string[]): Promise<unknown> {
  return JSON.parse(await node(...nodeOptions, "test/package/program.mjs", specifier, ...globals));
}

const CONDITIONS: [condition: string, nodeOptions: string[]][] = [
  ["node", []],
  ["deno", ["--conditions=deno"]],
  ["bun", ["--conditions=bun"]],
  ["browser", ["--conditions=browser"]],
  ["edge-light", ["--conditions=edge-light", WASM_HOOKS]],
  ["workerd", ["--conditions=workerd", WASM_HOOKS]],
];

const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { exports: object };
/** By the names that users import them by. */
const SUBPATHS = Object.keys(exports)
  .filter((name) => /^\.\/\w+$/.test(name))
  .map((name) => join("wasyncio", name));

test.each(CONDITIONS)("the entry of the condition %s runs the program", async (_condition, nodeOptions) => {
  expect(await program(nodeOptions, "wasyncio")).toEqual(expected);
});

test("the default entry runs the program", async () => {
  expect(await program([], "../../dist/src/entry/default.js")).toEqual(expected);
});

test.each([
  ["messages, where there is no setImmediate", ["setImmediate"]],
  ["messages, where setImmediate throws", ["THROWING:setImmediate"]],
  ["timers, where there are no messages either", ["setImmediate", "MessageChannel"]],
])("the default entry wakes by %s, and the process ends by itself", async (_how, globals) => {
  expect(await program([], "../../dist/src/entry/default.js", ...globals)).toEqual(expected);
});

test.each([
  ["browser", "messages", ["THROWING:setImmediate"]],
  ["browser", "timers, where there are no messages", ["THROWING:setImmediate", "MessageChannel"]],
  ["edge-light", "timers", ["THROWING:setImmediate", "THROWING:MessageChannel"]],
])("the entry of the condition %s wakes by %s", async (condition, _how, globals) => {
  expect(await program([`--conditions=${condition}`, WASM_HOOKS], "wasyncio", ...globals)).toEqual(expected);
});

test("the entry of the condition workerd wakes by setImmediate or timers, never by messages", async () => {
  expect(await program(["--conditions=workerd", WASM_HOOKS], "wasyncio", "THROWING:setImmediate")).toEqual(
    expected,
  );
  expect(
    await program(
      ["--conditions=workerd", WASM_HOOKS],
      "wasyncio",
      "setImmediate",
      "THROWING:MessageChannel",
    ),
  ).toEqual(expected);
});

describe.each(SUBPATHS)("%s alone", (subpath) => {
  test.each(CONDITIONS)("brings the host of the condition %s", async (condition, options) => {
    // A loop of what all entries share, which knows no host. What its exports are called there is the bundler's choice.
    const script = `
      await import(${JSON.stringify(subpath)});
      const shared = Object.values(await import("./dist/src/shared/wasyncio.js"));
      const EventLoop = shared.find(({ name }) => name === "EventLoop");
      console.log(new EventLoop().scheduler.host.name);
    `;
    const printed = await node(...options, "--input-type=module", "--eval", script);
    expect(printed).toBe(`${condition}\n`);
  });
});

test("every sub-path has a program that loads it alone on every host", () => {
  const loaded = Object.keys(answersAlone).map((name) => join("wasyncio", name));
  expect(loaded.sort()).toEqual(SUBPATHS.toSorted());
});

test("import and require give the same classes, of every entry point", async () => {
  const script = `
    const { createRequire } = await import("node:module");
    const require = createRequire(process.cwd() + "/");
    const same = [];
    for (const name of ${JSON.stringify(["wasyncio", ...SUBPATHS])}) {
      const imported = await import(name);
      const required = require(name);
      for (const key of Object.keys(imported)) same.push([key, imported[key] === required[key]]);
    }
    console.log(JSON.stringify(same));
  `;
  const same = JSON.parse(await node("--no-warnings", "--input-type=module", "--eval", script)) as [
    string,
    boolean,
  ][];
  expect(same.map(([key]) => key)).toEqual(expect.arrayContaining(["EventLoop", "Future", "VirtualClock"]));
  expect(same.filter(([, isSame]) => !isSame)).toEqual([]);
});

test("require alone runs a program", async () => {
  const script = `
    const { run, sleep } = require("wasyncio");
    run(function* () { yield* sleep(1); return "done"; }).then(console.log);
  `;
  expect(await node("--no-warnings", "--input-type=commonjs", "--eval", script)).toBe("done\n");
});
