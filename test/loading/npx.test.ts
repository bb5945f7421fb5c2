/** The commands of the installed packages, by npx: outside of the repository, where nothing else is found. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Report } from "../../bench/results.ts";
import { runChild } from "../../hosts/child.ts";
import { installedFolder } from "../hosts/package.ts";

const RUN_MS = 90_000;

const folder = mkdtempSync(join(tmpdir(), "wasyncio-npx-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
cpSync(installedFolder(), folder, { recursive: true, verbatimSymlinks: true });

const npx = (...args: string[]) =>
  runChild("npx", ["--offline", "--no", "--", ...args], { cwd: folder, timeoutMs: RUN_MS });

test("@wasyncio/bench measures", { timeout: RUN_MS }, async () => {
  const args = ["--quick", "--only", "ping-pong,start-up", "--json"];
  const { code, stdout, stderr } = await npx("@wasyncio/bench", ...args);
  expect(code, stderr).toBe(0);
  const { hosts } = JSON.parse(stdout) as Report;
  expect(hosts[0]?.failures).toEqual([]);
  const measured = hosts[0]?.results.map(({ series }) => series.map(({ contender }) => contender));
  // Its peers come with it. Start-up is that of the package installed without any peer.
  expect(measured).toEqual([
    expect.arrayContaining(["wasyncio", "twin", "native", "effect", "effection"]),
    ["wasyncio"],
  ]);
});

test("wasyncio says what it is", async () => {
  expect(await npx("wasyncio", "--version")).toMatchObject({ code: 0, stdout: "0.1.0\n" });
});
