/**
 * What the package is made of on the web path: nothing that builds for Vercel's edge forbid is named there. The list is that
 * of Next.js, whose real builds take too long for every run (test/next).
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, type Source } from "../architecture/source.ts";
import { ROOT } from "./node-child.ts";

const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, string | Record<string, string>>;
};

/** Names of globals, where they stand for themselves. As properties they may be asked for. */
const FREE = [
  ...["setImmediate", "clearImmediate", "BroadcastChannel", "MessageChannel", "MessageEvent", "MessagePort"],
  ...["ByteLengthQueuingStrategy", "CountQueuingStrategy", "CompressionStream", "DecompressionStream"],
  ...["DomException", "ReadableByteStreamController", "ReadableStreamBYOBRequest"],
  ...[
    "ReadableStreamDefaultController",
    "TransformStreamDefaultController",
    "WritableStreamDefaultController",
  ],
  ...["process", "Buffer", "require", "eval", "Function"],
].map((name) => new RegExp(`(?<![\\w$.#])${name}(?![\\w$])(?!\\s*:)`, "g"));
/** Also as properties: what is there throws when it is called. */
const ANYWHERE = [/\bprocess\b/g, /\bgetBuiltinModule\b/g, /\bWebAssembly\.(?:compile|instantiate)\w*/g];

/** The files that are loaded with one, itself among them. */
function loadedWith(path: string, loaded = new Map<string, Source>()): Map<string, Source> {
  if (loaded.has(path)) return loaded;
  const source = parse(path, readFileSync(join(ROOT, path), "utf8"));
  loaded.set(path, source);
  for (const [, specifier] of source.codeWithStrings.matchAll(
    /^(?:import|export)\b[^"\n]*"(\.[^"]+\.js)";/gm,
  )) {
    loadedWith(join(dirname(path), specifier as string), loaded);
  }
  return loaded;
}

function forbiddenIn({ path, code }: Source): string[] {
  return [...FREE, ...ANYWHERE].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([found]) => `${path}: ${found}`),
  );
}

const entries = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === "string" || target.browser === undefined ? [] : [{ name, target }],
);

describe.each(["browser", "edge-light", "workerd", "default"])("the condition %s", (condition) => {
  test.each(entries)("$name names nothing that is forbidden on Vercel's edge", ({ target }) => {
    const sources = [...loadedWith(join(target[condition] as string)).values()];
    expect(sources.map(({ path }) => path)).toContain("dist/src/shared/wasyncio.js");
    const found = sources.flatMap(forbiddenIn);
    // Builds for Vercel's edge do not go by this condition, and Node's modules cannot be had in another way there.
    const allowed =
      condition === "workerd" ? /^dist\/src\/entry\/workerd\.js: (?:process|getBuiltinModule)$/ : /^$/;
    expect(found.filter((each) => !allowed.test(each))).toEqual([]);
  });
});

test("what is forbidden is found", () => {
  const text = `
    setImmediate(wake);
    new MessageChannel();
    const { process } = globalThis;
    globals.process?.getBuiltinModule?.("node:async_hooks");
    // setImmediate in a comment, a property and a string
    globals.setImmediate("setImmediate");
  `;
  expect(forbiddenIn(parse("a.js", text)).map((line) => line.slice("a.js: ".length))).toEqual([
    "setImmediate",
    "MessageChannel",
    "process",
    "process",
    "process",
    "getBuiltinModule",
  ]);
});
