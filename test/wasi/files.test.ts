// What a WASI program sees of files: trees in memory and copies of the host's folders, and nothing beside them.

import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import {
  createSubprocessWasi,
  type Files,
  HostFolder,
  MemoryFolder,
  PIPE,
  STDOUT,
  type WasiOptions,
} from "wasyncio/wasi";
import { temporaryFolder, text, thrown } from "../io/harness.ts";
import { codeOf } from "../subprocess/harness.ts";
import { inC, wasiTest } from "./harness.ts";

function* said(preopens: NonNullable<WasiOptions["preopens"]>, ...args: string[]) {
  const probe = yield* createSubprocessWasi(inC("probe"), {
    args: ["probe", ...args],
    preopens,
    stdout: PIPE,
    stderr: STDOUT,
  });
  const [stdout] = yield* probe.communicate();
  return text(stdout).trimEnd().split("\n");
}

wasiTest("a tree is read, and what the program changes is its own", function* () {
  const tree = { "b.txt": "b\na\n", sub: { "c.txt": new Uint8Array([99, 10]) } };
  const sort = yield* createSubprocessWasi(inC("sort"), {
    args: ["sort", "/data/b.txt", "/data/sub/c.txt"],
    preopens: { "/data": tree },
    stdout: PIPE,
  });
  expect(text((yield* sort.communicate())[0])).toBe("a\nb\nc\n");
  expect(yield* said({ "/data": tree }, "list", "/data")).toEqual(["b.txt", "sub"]);
  expect(yield* said({ "/data": tree }, "list", "/data/sub")).toEqual(["c.txt"]);
});

wasiTest("a MemoryFolder holds afterwards what the program has left", function* () {
  const folder = new MemoryFolder({ old: "old", kept: "kept" });
  expect(yield* said({ "/data": folder }, "change")).toEqual(["mkdir: done", "unlink: done", "rename: done"]);
  expect(Object.keys(folder.files)).toEqual(["made", "moved"]);
  const { made, moved } = folder.files as { made: { file: Uint8Array }; moved: Uint8Array };
  expect([text(made.file), text(moved)]).toEqual(["made\n", "kept"]);
  const sort = yield* createSubprocessWasi(inC("sort"), {
    args: ["sort", "-o", "/data/sorted"],
    preopens: { "/data": folder },
    stdin: "b\na\n",
  });
  expect(yield* sort.wait()).toBe(0);
  expect(text((folder.files as { sorted: Uint8Array }).sorted)).toBe("a\nb\n");
});

wasiTest("no path leads out of a folder", function* () {
  const secret = temporaryFolder();
  writeFileSync(join(secret, "secret"), "secret");
  const preopens = { "/data": { file: "file", sub: { file: "file" } } };
  const paths = [
    "/data/file",
    "/data/sub/../file",
    "/data/../data/file",
    "/data/../../etc/passwd",
    "/data/sub/../../../etc/passwd",
    "/etc/passwd",
    "etc/passwd",
    "../etc/passwd",
    "/proc/self/environ",
    "/",
    join(secret, "secret"),
    `/data/../../../../../../../..${secret}/secret`,
  ];
  const lines = yield* said(preopens, "open", ...paths);
  const done = lines.filter((line) => line.endsWith(": done"));
  expect(done).toEqual(["/data/file: done", "/data/sub/../file: done"]);
  expect(lines).toHaveLength(paths.length);
  expect(
    (yield* said(preopens, "link", "/etc/passwd", "/data/link")).every((line) => !line.endsWith("done")),
  ).toBe(true);
  expect(yield* said({}, "open", "/etc/passwd", ".", "/")).toEqual([
    expect.stringMatching(/^\/etc\/passwd: (?!done)/),
    expect.stringMatching(/^\.: (?!done)/),
    expect.stringMatching(/^\/: (?!done)/),
  ]);
});

wasiTest("names that mean something to JavaScript are names", function* () {
  const tree = JSON.parse('{ "__proto__": "p", "constructor": "c", "toString": "t" }') as Files;
  expect((yield* said({ "/data": tree }, "list", "/data")).sort()).toEqual([
    "__proto__",
    "constructor",
    "toString",
  ]);
  const folder = new MemoryFolder(tree);
  yield* said({ "/data": folder }, "list", "/data");
  expect(Object.keys(folder.files)).toEqual(["__proto__", "constructor", "toString"]);
});

wasiTest(
  "a HostFolder is copied in, its links that lead out left behind, and out only if asked",
  function* () {
    const root = temporaryFolder();
    const path = join(root, "folder");
    mkdirSync(join(path, "sub"), { recursive: true });
    for (const name of ["old", "kept", "sub/inner"]) writeFileSync(join(path, name), name);
    writeFileSync(join(root, "outside"), "outside");
    symlinkSync(join(root, "outside"), join(path, "out"));
    symlinkSync(root, join(path, "up"));
    symlinkSync("sub", join(path, "within"));
    symlinkSync("nowhere", join(path, "dangling"));
    symlinkSync(path, join(path, "sub/loop"));
    expect((yield* said({ "/data": new HostFolder(path) }, "list", "/data")).sort()).toEqual([
      "kept",
      "old",
      "sub",
      "within",
    ]);
    expect(yield* said({ "/data": new HostFolder(path) }, "list", "/data/sub")).toEqual(["inner"]);
    yield* said({ "/data": new HostFolder(path) }, "change");
    expect(existsSync(join(path, "old"))).toBe(true);
    yield* said({ "/data": new HostFolder(path, { writeBack: true }) }, "change");
    expect(readdirSync(path).sort()).toEqual(["dangling", "made", "moved", "out", "sub", "up", "within"]);
    expect(readFileSync(join(path, "made/file"), "utf8")).toBe("made\n");
    expect(readFileSync(join(path, "moved"), "utf8")).toBe("kept");
    expect(readFileSync(join(root, "outside"), "utf8")).toBe("outside");
  },
);

wasiTest("nothing is written through a link of the host's folder", function* () {
  const root = temporaryFolder();
  const path = join(root, "folder");
  mkdirSync(path);
  writeFileSync(join(root, "victim"), "victim");
  symlinkSync(join(root, "victim"), join(path, "sorted"));
  const sort = yield* createSubprocessWasi(inC("sort"), {
    args: ["sort", "-o", "/data/sorted"],
    preopens: { "/data": new HostFolder(path, { writeBack: true }) },
    stdin: "b\na\n",
  });
  expect(yield* sort.wait()).toBe(0);
  expect(readFileSync(join(root, "victim"), "utf8")).toBe("victim");
});

wasiTest("a folder that is not there, and what is no tree", function* () {
  const program = inC("probe");
  expect(
    yield* codeOf(createSubprocessWasi(program, { preopens: { "/d": new HostFolder("/nonsuch") } })),
  ).toBe("ENOENT");
  expect(
    yield* codeOf(createSubprocessWasi(program, { preopens: { "/d": new HostFolder("/etc/passwd") } })),
  ).toBe("ENOTDIR");
  for (const tree of [{ "a/b": "" }, { "..": "" }, { "": "" }])
    expect(thrown(() => createSubprocessWasi(program, { preopens: { "/d": tree } })).code).toBe(
      "ERR_ARGUMENT_VALUE",
    );
  const endless: Record<string, unknown> = {};
  endless.again = endless;
  for (const tree of [null, "x", [], { file: 5 }, { file: null }, endless])
    expect(thrown(() => new MemoryFolder(tree as never)).code).toBe("ERR_ARGUMENT_TYPE");
});
