/** The command `wasyncio` as it was built: what it says of itself, what it refuses, and where it points for bench. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeOutcome, ROOT } from "./node-child.ts";

const { bin, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  bin: Record<string, string>;
  version: string;
};

const wasyncio = (...args: string[]) => nodeOutcome(bin.wasyncio ?? "", ...args);

test.each(["--version", "-v"])("%s says the version of the package", async (option) => {
  expect(await wasyncio(option)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each(["--help", "-h"])("%s lists the commands and the options", async (option) => {
  const { code, stdout, stderr } = await wasyncio(option);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.match(/^ {2}\S+/gm)).toEqual(["  bench", "  worker", "  --version", "  --help"]);
});

test.each([
  [
    "what cannot be loaded",
    ["file:///no/such/module.mjs", "--redis", "redis://127.0.0.1:9"],
    "could not be loaded",
  ],
  [
    "a Redis that is gone",
    ["data:text/javascript,", "--redis", "redis://:secret@127.0.0.1:9"],
    "redis://127.0.0.1:9 has not answered",
  ],
  [
    "what is no URL of Redis",
    ["data:text/javascript,", "--redis", "http://:secret@nowhere"],
    "redis://user:password@host:6379/0",
  ],
])("worker says in words what is wrong with %s", async (_what, args, words) => {
  const { code, stdout, stderr } = await wasyncio(
    "worker",
    ...args,
    "--queue",
    "none",
    "--unreachable-after",
    "100",
  );
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain("secret");
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});

test("bench says where the benchmarks are, with what was asked of them", async () => {
  expect(await wasyncio("bench", "hosts", "--quick")).toEqual({
    code: 2,
    stdout: "",
    stderr: "wasyncio: the benchmarks are a package of their own: npx @wasyncio/bench hosts --quick\n",
  });
});

test.each([
  [[], "missing command"],
  [["race"], 'unknown command "race"'],
  [["--fast"], "Unknown option '--fast'"],
  [["--version=2"], "--version"],
])("%j is refused with 2 and says what to do", async (args, words) => {
  const { code, stdout, stderr } = await wasyncio(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(words);
  expect(stderr).toContain("--help");
});
