/** The architecture: the repository keeps its rules, and each rule can tell a file that breaks it from one that does not. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the examples are code.
import { describe, expect, test } from "vitest";
import { rules, violations } from "./rules.ts";
import { parse, readSources } from "./source.ts";

const sources = readSources(
  ["assembly", "src", "cli", "hosts", "test", "scripts", "bench", "examples"],
  [".ts", ".tsx", ".mts", ".mjs", ".js"],
);

const named = rules.map((rule) => [rule.name, rule] as const);

describe("the repository", () => {
  test("was found", () => {
    const paths = sources.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["assembly/turn.ts", "src/core/wasm.ts", "src/entry/node.ts"]),
    );
  });

  test.each(named)("%s", (_name, rule) => {
    expect(violations(rule, sources)).toEqual([]);
  });
});

type Example = readonly [path: string, text: string];

/** For each rule: files that break it, and files like them that do not. */
const examples: Record<string, { bad: readonly Example[]; good: readonly Example[] }> = {
  "dependencies go one way": {
    bad: [
      ["assembly/ready.ts", 'import { loop } from "../src/core/loop";'],
      ["assembly/ready.ts", 'import { log } from "somewhere";'],
      ["src/core/loop.ts", 'import { gather } from "../tasks/gather.ts";'],
      ["src/core/loop.ts", 'import { nodeHost } from "../host/node.ts";'],
      ["src/core/loop.ts", 'import type { Entry } from "../../assembly/timers.ts";'],
      ["src/core/loop.ts", 'import { coreHex } from "./binary.ts";'],
      ["src/core/loop.ts", 'import { run } from "../index.ts";'],
      ["src/core/loop.ts", 'const { readFile } = await import("node:fs/promises");'],
      ["src/core/loop.ts", 'type Node = import("../host/node.ts").NodeHost;'],
      ["src/tasks/gather.ts", 'import {\n  StreamReader,\n} from "../io/stream-reader.ts";'],
      ["src/tasks/gather.ts", 'export * from "../index.ts";'],
      ["src/sync/lock.ts", 'import "../host/node.ts";'],
      ["src/io/transport.ts", 'import { createServer } from "node:net";'],
      ["src/io/transport.ts", 'import { nodeNetwork } from "../host/node-network.ts";'],
      ["src/http/index.ts", 'import { run } from "wasyncio";'],
      ["src/host/deno.ts", 'import { nodeHost } from "./node.ts";'],
      ["src/host/web.ts", 'import { nodeNetwork } from "./node-network.ts";'],
      ["src/host/web.ts", 'import { performance } from "node:perf_hooks";'],
      ["src/host/web.ts", 'await import("cloudflare:sockets");'],
      ["src/host/alarm.ts", 'import { setTimeout } from "node:timers";'],
      ["src/host/host.ts", 'import { EventLoop } from "../core/loop.ts";'],
      ["src/index.ts", 'export { VirtualClock } from "./testing/virtual-clock.ts";'],
    ],
    good: [
      ["assembly/ready.ts", 'import { slotGive } from "./arena";'],
      ["src/core/loop.ts", 'import { type Host } from "../host/host.ts";\nimport { Core } from "./wasm.ts";'],
      ["src/core/wasm.ts", 'export {\n  PENDING,\n} from "../../assembly/abi.ts";'],
      ["src/core/wasm.ts", '// import { gather } from "../tasks/gather.ts";\nconst importance = "x";'],
      ["src/io/transport.ts", 'import type { HostNetwork } from "../host/network.ts";'],
      ["src/host/node.ts", 'import { nodeNetwork } from "./node-network.ts";\nimport net from "node:net";'],
      ["src/host/web.ts", 'import { setAlarm } from "./alarm.ts";'],
      ["src/host/workerd-network.ts", 'await import("cloudflare:sockets");'],
      ["src/entry/node.ts", 'import { coreHex } from "../core/binary.ts";\nexport * from "../index.ts";'],
      [
        "src/entry/workerd.ts",
        'import core from "../../core.wasm";\nimport { webHost } from "../host/web.ts";',
      ],
      ["src/testing/index.ts", 'import { checkCount } from "../core/checks.ts";'],
      ["src/wasi/index.ts", 'import { WASI } from "@bjorn3/browser_wasi_shim";'],
    ],
  },
  "in src/core a file imports what lies below it, values and types": {
    bad: [
      ["src/core/future.ts", 'import { Task } from "./task.ts";'],
      ["src/core/future.ts", 'import type { Task } from "./task.ts";'],
      ["src/core/future.ts", 'import type { EventLoop } from "./loop.ts";'],
      ["src/core/task.ts", 'import { perform } from "./async/perform.ts";'],
      ["src/core/async/strand.ts", 'import type { EventLoop } from "../loop.ts";'],
      ["src/core/scheduler.ts", 'import { PacedScheduler } from "./pacing.ts";'],
      ["src/core/scheduler.ts", 'import { EventLoop } from "./loop.ts";'],
      ["src/core/errors.ts", 'import { wrongArgument } from "./checks.ts";'],
      ["src/core/new.ts", 'import { LoopError } from "./errors.ts";'],
    ],
    good: [
      [
        "src/core/task.ts",
        'import { Future } from "./future.ts";\nimport type { Host } from "../host/host.ts";',
      ],
      ["src/core/async/strand.ts", 'import { Stepper } from "../stepper.ts";'],
      ["src/core/scheduler.ts", 'import type { EventLoop } from "./loop.ts";'],
      ["src/core/future.ts", 'import type { EventLoop } from "./scheduler.ts";'],
    ],
  },
  "the globals of hosts are used only in src/host": {
    bad: [
      ["src/core/loop.ts", "setTimeout(wake, 1);"],
      ["src/core/loop.ts", "const now = performance.now();"],
      ["src/core/loop.ts", "if (a) console.log(`${process.pid}`);"],
      ["src/core/loop.ts", "const text = `${Buffer.from(bytes)}`;"],
      ["src/core/loop.ts", "globalThis.queueMicrotask(wake);"],
      ["src/http/index.ts", "const get = (url) => fetch(url);"],
      ["src/http/index.ts", "const how = given ? given : fetch;"],
      ["src/http/index.ts", "const how = flag ? fetch : other;"],
      ["src/http/index.ts", "const all = [...navigator];"],
      ["assembly/turn.ts", "console.log(count);"],
    ],
    good: [
      ["src/host/node.ts", "setTimeout(wake, 1); process.exit();"],
      ["src/http/index.ts", "const { fetch } = loop.host;\nfetch(url);"],
      ["src/http/index.ts", "loop.host.fetch?.(url); type F = typeof globalThis.fetch;"],
      [
        "src/http/index.ts",
        "interface Parts { fetch: F; process?: P }\nclass A { get console() { return 1; } }",
      ],
      ["src/core/loop.ts", '// setTimeout(wake, 1)\nconst text = "process.exit()"; /* fetch() */'],
      ["src/core/loop.ts", "const pattern = /process.exit()/; const processes = 1; this.#performance = 2;"],
      ["src/core/loop.ts", "const text = `fetch(${url}) in the window`;"],
    ],
  },
  "WebAssembly and memory are touched only in src/core/wasm.ts, and for users' programs in src/wasi": {
    bad: [
      ["src/core/loop.ts", "new WebAssembly.Instance(module);"],
      ["src/io/channel.ts", "new Int32Array(core.memory.buffer);"],
      ["src/io/channel.ts", "new Int32Array((exports.memory as WebAssembly.Memory).buffer);"],
      ["src/entry/node.ts", "new WebAssembly.Instance(core);"],
    ],
    good: [
      ["src/core/wasm.ts", "new Int32Array(this.memory.buffer); new WebAssembly.Instance(compiled);"],
      ["src/entry/node.ts", "provideCoreModule(() => new WebAssembly.Module(bytes));"],
      ["src/core/loop.ts", "// The WebAssembly core decides.\nconst { buffer } = bytes;"],
    ],
  },
  "a file opens with a comment on what it owns": {
    bad: [
      ["src/core/loop.ts", 'import { Core } from "./wasm.ts";\n/** Owns the loop. */'],
      ["scripts/x.mjs", "#!/usr/bin/env node\nexport {};"],
    ],
    good: [
      ["src/core/loop.ts", "/**\n * Owns the loop.\n */\nexport {};"],
      ["scripts/x.mjs", "#!/usr/bin/env node\n// Does it.\nexport {};"],
    ],
  },
  "a file has 500 lines at most": {
    bad: [["src/core/loop.ts", "x\n".repeat(501)]],
    good: [["src/core/loop.ts", "x\n".repeat(500)]],
  },
  "nothing is left to be done": {
    bad: [
      ["src/core/loop.ts", ["// TO", "DO: more"].join("")],
      ["test/a.test.ts", ["/* FIX", "ME */"].join("")],
    ],
    good: [["src/core/loop.ts", "// What there is to do."]],
  },
  "no test is skipped, and none is run exclusively": {
    bad: [
      ["test/a.test.ts", 'test.skip("x", () => {});'],
      ["test/a.test.ts", 'describe.only("x", () => {});'],
      ["test/a.test.ts", 'test.concurrent.only("x", () => {});'],
      ["test/a.test.ts", 'it.todo("x");'],
      ["test/a.test.ts", 'xit("x", () => {});'],
    ],
    good: [
      ["test/a.test.ts", 'test.skipIf(noDeno)("x", () => {}); reader.skip(3);'],
      ["test/a.test.ts", 'test("describes test.skip", () => {});'],
    ],
  },
  "no type is any": {
    bad: [
      ["src/core/loop.ts", "export function f(value: any): void {}"],
      ["src/core/loop.ts", "const value = other as any;"],
      ["src/core/loop.ts", "export type F = (...args: any[]) => void;"],
      ["src/core/loop.ts", "const all = new Map<string, any>();"],
      ["src/core/loop.ts", "export type F = () => any;"],
    ],
    good: [
      ["src/core/loop.ts", "let any = false; if (child.cancel()) any = true; return any;"],
      ["src/core/loop.ts", "// any\nconst text: string = 'any'; f({ any: 1 });"],
    ],
  },
  "no file is called utils": {
    bad: [
      ["src/core/utils.ts", ""],
      ["src/utils/strings.ts", ""],
      ["test/test-helpers.ts", ""],
    ],
    good: [["src/core/utilization.ts", ""]],
  },
};

describe("the rules", () => {
  test.each(named)("%s: can fail, and does not fail for what is allowed", (_name, rule) => {
    const { bad, good } = examples[rule.name] as NonNullable<(typeof examples)[string]>;
    for (const [path, text] of bad) {
      expect(violations(rule, [parse(path, text)]), `${path} with ${text}`).not.toEqual([]);
    }
    for (const [path, text] of good) {
      expect(violations(rule, [parse(path, text)]), `${path} with ${text}`).toEqual([]);
    }
  });

  test("name the file and the line", () => {
    const [rule] = rules.filter(({ name }) => name.startsWith("the globals"));
    expect(
      violations(rule as (typeof rules)[number], [parse("src/core/a.ts", "/** A. */\n\nfetch(1);")]),
    ).toEqual(["src/core/a.ts:3: uses the host's global 'fetch'"]);
  });
});

describe("parse", () => {
  test.each([
    ["a; // b", "a;     "],
    ["a /* b\nc */ d", "a     \n     d"],
    ['f(\'b\', "c\\"d")', "f(   ,       )"],
    ["`a${b + `c${d}e`}f`; g", "    b +     d      ; g"],
    ["`${ { a: 1 } }`; b", "    { a: 1 }   ; b"],
    ["a / b / c", "a / b / c"],
    ['x = /[/"]b/g; c', "x =        g; c"],
    ["return /a'b/; c", "return      ; c"],
    ["(a) / b; 'c'", "(a) / b;    "],
  ])("of %j leaves the code", (text, code) => {
    expect(parse("a.ts", text).code).toBe(code);
  });
});
