/** Processes that are started for a host: ended as a group, by id, when they take too long and when this process ends first. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Child, runChild } from "../../hosts/child.ts";
import { CommandDriver } from "../../hosts/process.ts";

const folder = mkdtempSync(join(tmpdir(), "wasyncio-child-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts another process that holds its output open, says the ids of both, and never ends. */
const PARENT = `
  import { spawn } from "node:child_process";
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
  child.once("spawn", () => console.log([process.pid, child.pid].join()));
  setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function idsIn(text: string): number[] {
  const ids = text.trim().split(",").map(Number);
  expect(ids).toHaveLength(2);
  return ids;
}

async function untilGone(ids: readonly number[]): Promise<void> {
  while (ids.some(isAlive)) await new Promise((again) => setTimeout(again, 10));
}

test("runChild gives the status and what was printed", async () => {
  const outcome = await runChild(process.execPath, [
    "-e",
    "console.log(1); console.error(2); process.exit(3)",
  ]);
  expect(outcome).toEqual({ code: 3, stdout: "1\n", stderr: "2\n", timedOut: false });
});

test("runChild throws where there is no such command", async () => {
  await expect(runChild(join(folder, "nothing"), [])).rejects.toThrow("ENOENT");
});

test("a child that takes too long is ended, with what it has started", async () => {
  const args = ["--input-type=module", "--eval", PARENT];
  const { stdout, timedOut, code } = await runChild(process.execPath, args, { timeoutMs: 1500 });
  expect([timedOut, code]).toEqual([true, null]);
  await untilGone(idsIn(stdout));
});

test("end ends a child with what it has started", async () => {
  let ids: number[] = [];
  const said = new Promise<void>((resolve, reject) => {
    const child = new Child(process.execPath, ["--input-type=module", "--eval", PARENT], {
      onLine: (line) => {
        ids = idsIn(line);
        child.end().then(resolve, reject);
      },
    });
  });
  await said;
  await untilGone(ids);
});

test("a driver ends a program that does not answer in time, and says so", async () => {
  const file = join(folder, "endless.mjs");
  writeFileSync(file, `export default () => new Promise((never) => setInterval(() => {}, 1000));`);
  const node = new CommandDriver({
    name: "this Node",
    conditions: ["node"],
    candidates: () => [process.execPath],
    howToGet: "",
  });
  const session = await node.start();
  await expect(session.run({ file, config: null, timeoutMs: 1000 })).rejects.toThrow(
    "this Node: not done after 1000 ms",
  );
  await session.close();
});

test("what a driver runs is told by its answer, its lines and its error", async () => {
  const file = join(folder, "program.mjs");
  writeFileSync(
    file,
    `export default async ({ fails }) => {
      console.log("a line");
      if (fails) throw new RangeError("too far");
      return { answer: [1, null] };
    };`,
  );
  const node = new CommandDriver({
    name: "this Node",
    conditions: ["node"],
    candidates: () => [join(folder, "not-here"), process.execPath],
    howToGet: "",
  });
  const session = await node.start();
  const lines: string[] = [];
  const onLine = (line: string) => lines.push(line);
  const program = { file, timeoutMs: 20_000, onLine };
  expect(await session.run({ ...program, config: { fails: false } })).toEqual({ answer: [1, null] });
  expect(lines).toEqual(["a line"]);
  await expect(session.run({ ...program, config: { fails: true } })).rejects.toThrow("RangeError: too far");
});

test("a driver that finds no command tells how to get it", async () => {
  const nothing = new CommandDriver({
    name: "Nothing",
    conditions: [],
    candidates: () => [join(folder, "not-here")],
    howToGet: "npm install nothing",
  });
  expect(await nothing.find()).toEqual({ found: false, howToGet: "npm install nothing" });
  await expect(nothing.start()).rejects.toThrow("Nothing was not found; npm install nothing");
});
