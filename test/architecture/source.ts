/**
 * Owns what the architecture rules look at: the repository's files, read, and their code without comments and strings.
 * TypeScript 7 has no interface for programs, so the text is cut up here; names and imports are all the rules need.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Source {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings, templates and regular expressions as blanks. */
  readonly code: string;
  /** The text with comments as blanks. */
  readonly codeWithStrings: string;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Written by scripts/build.mjs: files, and folders with a slash at the end. */
const GENERATED = [
  "src/core/binary.ts",
  "src/executors/worker-program.ts",
  "src/wasi/program-source.ts",
  "bench/dist/",
  "bench/remote/worker-program.ts",
];

/** The files under some folders whose names end in one of `endings`. */
export function readSources(folders: readonly string[], endings: readonly string[]): Source[] {
  return folders.flatMap((folder) => {
    let names: string[];
    try {
      names = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    } catch {
      // Not every folder exists from the first day on.
      return [];
    }
    return names
      .filter((name) => !name.includes("node_modules"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
      .filter(
        (path) =>
          endings.some((ending) => path.endsWith(ending)) && !GENERATED.some((made) => path.startsWith(made)),
      )
      .sort()
      .map((path) => parse(path, readFileSync(join(ROOT, path), "utf8")));
  });
}

export function parse(path: string, text: string): Source {
  const kinds = classify(text);
  const keep = (kept: string) =>
    Array.from({ length: text.length }, (_, i) => {
      const char = text.charAt(i);
      return char === "\n" || kept.includes(kinds[i] as string) ? char : " ";
    }).join("");
  return { path, text, code: keep("c"), codeWithStrings: keep("cs") };
}

/** The number of the line that a place in the text is on, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const BEFORE_REGEXP =
  /(?:^|[=(,:;[!&|?{}+\-*%<>~^]|\b(?:return|typeof|case|of|in|yield|throw|void|delete|do|else))\s*$/;

/** For each character what it is part of: code (c), a string, template or regular expression (s), a comment (x). */
function classify(text: string): string[] {
  const kinds = new Array<string>(text.length).fill("c");
  /** For each template that is open, how many braces are open within its current `${`. */
  const templates: number[] = [];
  let at = 0;

  const mark = (until: number, kind: string) => {
    for (; at < until; at++) kinds[at] = kind;
  };
  const until = (end: string, from: number) => {
    const found = text.indexOf(end, from);
    return found < 0 ? text.length : found + end.length;
  };
  const quoted = (quote: string, inClass = false) => {
    let i = at + 1;
    for (let bracket = false; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === "\\") i++;
      else if (char === "\n") break;
      else if (inClass && char === "[") bracket = true;
      else if (inClass && char === "]") bracket = false;
      else if (char === quote && !bracket) break;
    }
    mark(Math.min(i + 1, text.length), "s");
  };
  const template = () => {
    let i = at;
    for (; i < text.length; i++) {
      const char = text.charAt(i);
      if (char === "\\") i++;
      else if (char === "`") {
        mark(i + 1, "s");
        return;
      } else if (char === "$" && text.charAt(i + 1) === "{") {
        mark(i + 2, "s");
        templates.push(0);
        return;
      }
    }
    mark(text.length, "s");
  };

  while (at < text.length) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    const open = templates.length - 1;
    if (char === "/" && next === "/") {
      mark(until("\n", at) - 1, "x");
      if (at < text.length && text.charAt(at) !== "\n") mark(at + 1, "x");
    } else if (char === "/" && next === "*") mark(until("*/", at + 2), "x");
    else if (char === '"' || char === "'") quoted(char);
    else if (char === "/" && BEFORE_REGEXP.test(codeBefore(text, kinds, at))) quoted("/", true);
    else if (char === "`") {
      mark(at + 1, "s");
      template();
    } else if (char === "}" && open >= 0 && templates[open] === 0) {
      templates.pop();
      mark(at + 1, "s");
      template();
    } else {
      if (open >= 0 && char === "{") templates[open] = (templates[open] as number) + 1;
      if (open >= 0 && char === "}") templates[open] = (templates[open] as number) - 1;
      at++;
    }
  }
  return kinds;
}

/** The last bit of code in front of a place, which says whether a slash there divides. */
function codeBefore(text: string, kinds: readonly string[], at: number): string {
  let code = "";
  for (let i = at - 1; i >= 0 && code.trim().length < 8; i--) {
    if (kinds[i] === "x") continue;
    code = (kinds[i] === "s" ? '"' : text.charAt(i)) + code;
  }
  return code;
}
