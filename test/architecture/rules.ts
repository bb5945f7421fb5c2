/**
 * Owns the rules of the architecture (CONTRIBUTING.md, "Where things belong"): each looks at one file and lists what is
 * wrong with it. Knows nothing of how files are found.
 */
import { posix } from "node:path";
import { whyNotInCore } from "./core-layers.ts";
import { lineOf, type Source } from "./source.ts";

export interface Rule {
  readonly name: string;
  /** Which files it is about. */
  readonly appliesTo: (path: string) => boolean;
  /** What is wrong, a line each. */
  readonly check: (source: Source) => string[];
}

const LINES_MAX = 500;

// ── Dependencies ────────────────────────────────────────────────────────────────────────────────────────────────────

const INTERFACE_OF_HOSTS = ["src/host/host.ts", "src/host/network.ts", "src/host/processes.ts"];
const INTERFACE_FOR_WASI = ["src/host/folders.ts", "src/host/workers.ts"];
/** What executors need of hosts; and the worker's own side, which is on no host. */
const WORKERS_OF_HOSTS = ["src/host/workers.ts", "src/host/worker-realm.ts"];

/** Who may import whom: the first entry that a file's path begins with counts. Files may import their own folder. */
const LAYERS: readonly (readonly [from: string, to: readonly string[]])[] = [
  // The benchmark around the core, which is no part of it.
  ["assembly/bench/", ["assembly/"]],
  ["assembly/", []],
  ["src/core/", ["assembly/abi.ts", ...INTERFACE_OF_HOSTS]],
  ["src/tasks/", ["src/core/", "src/sync/"]],
  ["src/sync/", ["src/core/"]],
  ["src/io/", ["src/core/", "src/tasks/", "src/sync/", ...INTERFACE_OF_HOSTS]],
  // Loaded in workers without the loop.
  [
    "src/executors/worker/",
    ["src/executors/messages.ts", "src/executors/remote-messages.ts", ...WORKERS_OF_HOSTS],
  ],
  ["src/executors/", ["src/core/", "src/tasks/", "src/sync/", "src/host/host.ts", ...WORKERS_OF_HOSTS]],
  [
    "src/testing/",
    ["src/core/", "src/tasks/", "src/sync/", "src/io/", "src/host/global-timers.ts", ...INTERFACE_OF_HOSTS],
  ],
  ["src/host/", []],
  // What a sub-path needs of one host, and the programs that are built into texts, which workers run.
  [
    "src/entry/parts/",
    ["src/host/", "src/subprocess/", "src/wasi/", "src/executors/", "src/core/executor.ts"],
  ],
  ["src/entry/programs/", ["src/host/", "src/wasi/", "src/executors/worker/"]],
  ["src/entry/", ["src/index.ts", "src/core/wasm.ts", "src/core/binary.ts", "src/host/"]],
  ["src/index.ts", ["src/core/", "src/tasks/", "src/sync/", "src/io/", ...INTERFACE_OF_HOSTS]],
  [
    "src/wasi/",
    [
      "src/core/",
      "src/tasks/",
      "src/sync/",
      "src/io/",
      "src/subprocess/",
      ...INTERFACE_FOR_WASI,
      ...INTERFACE_OF_HOSTS,
    ],
  ],
  // Further entry points: http, inspect, subprocess, edge.
  ["src/", ["src/core/", "src/tasks/", "src/sync/", "src/io/", "src/executors/", ...INTERFACE_OF_HOSTS]],
];

/** Hosts of one runtime; a file of theirs is named by it, as node.ts and node-network.ts. Others are shared by all. */
const RUNTIMES = ["node", "deno", "bun", "browser", "workerd", "edge-light", "web"];
const RUNTIMES_WITH_NODE_MODULES = ["node", "deno", "bun", "workerd"];
/** Packages that a folder may import. */
const PACKAGES: Record<string, readonly string[]> = {
  "src/wasi/": ["@bjorn3/browser_wasi_shim"],
  "src/executors/bullmq/": ["bullmq"],
  "src/testing/fake-timers/": ["@sinonjs/fake-timers"],
  "src/testing/vitest/": ["vitest"],
};
/** The compiled core as a module, where the runtime imports it so. */
const CORE_MODULE = /^core\.wasm(\?module)?$/;

interface Import {
  readonly specifier: string;
  readonly line: number;
}

function importsOf({ codeWithStrings }: Source): Import[] {
  const found = codeWithStrings.matchAll(
    /\b(?:import|export)\b(?:[^;"'`()]*?\bfrom)?\s*\(?\s*["'`]([^"'`\n]+)["'`]/g,
  );
  return [...found].map((match) => ({
    specifier: match[1] as string,
    line: lineOf(codeWithStrings, match.index),
  }));
}

/** The file an import names, or undefined for a package. */
function targetOf(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const path = posix.join(posix.dirname(from), specifier);
  // AssemblyScript leaves the ending out.
  return from.startsWith("assembly/") && !path.endsWith(".ts") ? `${path}.ts` : path;
}

function runtimeOf(path: string): string | undefined {
  const name = posix.basename(path, ".ts");
  return RUNTIMES.find((runtime) => name === runtime || name.startsWith(`${runtime}-`));
}

function mayImport(from: string, to: string): boolean {
  if (to === "src/core/binary.ts") return from.startsWith("src/entry/");
  if (from.startsWith("src/entry/") && CORE_MODULE.test(to)) return true;
  if (from.startsWith("src/host/") && to.startsWith("src/host/")) {
    const runtime = runtimeOf(to);
    return runtime === undefined || runtime === runtimeOf(from);
  }
  const layer = LAYERS.find(([prefix]) => from.startsWith(prefix));
  if (layer === undefined) return false;
  const ownFolder = `${posix.dirname(from).split("/").slice(0, 2).join("/")}/`;
  const own = ownFolder === "src/" ? from : ownFolder;
  return [own, ...layer[1]].some((prefix) => to.startsWith(prefix));
}

function mayImportPackage(from: string, specifier: string): boolean {
  if (specifier.startsWith("node:")) {
    return from.startsWith("src/host/") && RUNTIMES_WITH_NODE_MODULES.includes(runtimeOf(from) ?? "");
  }
  if (specifier.startsWith("cloudflare:")) {
    return from.startsWith("src/host/") && runtimeOf(from) === "workerd";
  }
  return Object.entries(PACKAGES).some(
    ([folder, names]) => from.startsWith(folder) && names.includes(specifier),
  );
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const HOST_GLOBALS = [
  ...["process", "Buffer", "setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval"],
  ...[
    "clearImmediate",
    "queueMicrotask",
    "performance",
    "console",
    "fetch",
    "MessageChannel",
    "navigator",
    "window",
  ],
  ...["document", "self", "global", "Deno", "Bun", "require", "Worker", "requestAnimationFrame"],
];

/** Where a name stands on its own: no property, no key, and not declared by the file itself. */
function freeUses({ code }: Source, name: string): number[] {
  const declares = [
    `\\b(?:const|let|var|function|class|import|interface|type)\\s+${name}\\b`,
    // Taken out of an object, as in `const { fetch } = loop.host`, or imported.
    `\\b(?:const|let|import|type)\\s*\\{[^{}]*\\b${name}\\b[^{}]*\\}\\s*(?:=|from)`,
    // A parameter with a type.
    `[(,]\\s*${name}\\??\\s*:`,
  ].some((pattern) => new RegExp(pattern).test(code));
  if (declares) return [];
  const uses = code.matchAll(new RegExp(`(?<![\\w$#])${name}(?![\\w$])`, "g"));
  return [...uses]
    .map(({ index }) => index)
    .filter((index) => {
      const before = code.slice(Math.max(0, index - 40), index);
      const after = code.slice(index + name.length, index + name.length + 20);
      const spread = /\.\.\.\s*$/.test(before);
      if (/\.\s*$/.test(before) && !spread) return false;
      if (/\b(?:get|set|static|async|readonly|override|public|private|protected|abstract)\s+$/.test(before))
        return false;
      // A key or a member; but not what stands between ? and :.
      return !(/^\s*\??:/.test(after) && !/\?\s*$/.test(before));
    });
}

function usesOf(source: Source, names: readonly string[], what: string): string[] {
  return names.flatMap((name) =>
    freeUses(source, name).map((index) => `${lineOf(source.code, index)}: uses ${what} '${name}'`),
  );
}

function matches(source: Source, text: string, pattern: RegExp, what: string): string[] {
  return [...text.matchAll(pattern)].map((match) => `${lineOf(source.text, match.index)}: ${what}`);
}

const isIn =
  (...folders: string[]) =>
  (path: string) =>
    folders.some((folder) => path.startsWith(folder));

export const rules: readonly Rule[] = [
  {
    name: "dependencies go one way",
    appliesTo: isIn("assembly/", "src/"),
    check: (source) =>
      importsOf(source).flatMap(({ specifier, line }) => {
        const target = targetOf(source.path, specifier);
        const allowed =
          target === undefined ? mayImportPackage(source.path, specifier) : mayImport(source.path, target);
        return allowed ? [] : [`${line}: must not import ${target ?? specifier}`];
      }),
  },
  {
    name: "in src/core a file imports what lies below it, values and types",
    appliesTo: isIn("src/core/"),
    check: (source) =>
      importsOf(source).flatMap(({ specifier, line }) => {
        const target = targetOf(source.path, specifier);
        const isType = /^import type\b/.test(source.text.split("\n")[line - 1] as string);
        const why = target === undefined ? undefined : whyNotInCore(source.path, target, isType);
        return why === undefined ? [] : [`${line}: ${why}`];
      }),
  },
  {
    name: "the globals of hosts are used only in src/host",
    appliesTo: (path) => isIn("assembly/", "src/")(path) && !path.startsWith("src/host/"),
    check: (source) => [
      ...usesOf(source, HOST_GLOBALS, "the host's global"),
      // Types may be named by way of it.
      ...matches(source, source.code, /(?<!typeof\s+)\bglobalThis\b/g, "uses globalThis"),
    ],
  },
  {
    name: "WebAssembly and memory are touched only in src/core/wasm.ts, and for users' programs in src/wasi",
    appliesTo: (path) =>
      path.startsWith("src/") && path !== "src/core/wasm.ts" && !path.startsWith("src/wasi/"),
    check: (source) => {
      // An entry point may be given the compiled module by its runtime.
      const ofEntry = source.path.startsWith("src/entry/") ? "(?!\\s*\\.\\s*Module\\b)" : "";
      return [
        ...matches(source, source.code, new RegExp(`\\bWebAssembly\\b${ofEntry}`, "g"), "uses WebAssembly"),
        ...matches(
          source,
          source.code,
          /\bmemory\s*(?:as\s+[\w.]+\s*\))?\s*\??\.\s*buffer\b/g,
          "uses memory.buffer",
        ),
      ];
    },
  },
  {
    name: "a file opens with a comment on what it owns",
    appliesTo: isIn(
      "assembly/",
      "src/",
      "cli/",
      "test/",
      "scripts/",
      "bench/",
      "hosts/",
      "examples/",
      ".ci/",
    ),
    check: ({ text }) =>
      /^(?:#!.*\n)?\s*(?:\/\/|\/\*)/.test(text) ? [] : ["1: no comment at the head of the file"],
  },
  {
    name: `a file has ${LINES_MAX} lines at most`,
    appliesTo: () => true,
    check: ({ text }) => {
      const lines = text.trimEnd().split("\n").length;
      return lines <= LINES_MAX ? [] : [`${lines}: as many lines`];
    },
  },
  {
    name: "nothing is left to be done",
    appliesTo: () => true,
    check: (source) => matches(source, source.text, /\b(?:TO(?:DO)|FIX(?:ME)|X{3})\b/g, "a reminder"),
  },
  {
    name: "no test is skipped, and none is run exclusively",
    appliesTo: isIn("test/"),
    check: (source) =>
      matches(
        source,
        source.code,
        /\b(?:test|it|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|fails)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/g,
        "a test that is skipped, focused or expected to fail",
      ),
  },
  {
    name: "no type is any",
    appliesTo: isIn("src/", "test/"),
    check: (source) =>
      matches(
        source,
        source.code,
        /(?:[:|&]|\bas|=>|\bextends)\s*any\b(?=\s*(?:[;,)>|&[\]={}]|$))|<[\w\s,.[\]|&]*\bany\b[\w\s,.[\]|&]*>/gm,
        "the type any",
      ),
  },
  {
    name: "no file is called utils",
    appliesTo: () => true,
    check: ({ path }) =>
      /(?:^|[/.-])(?:utils?|helpers?|misc|common)[./-]/.test(path) ? [`0: say what is in it instead`] : [],
  },
];

/** What is wrong with the files: a line each, the file's path first. */
export function violations(rule: Rule, sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => rule.appliesTo(path))
    .flatMap((source) => rule.check(source).map((violation) => `${source.path}:${violation}`));
}
