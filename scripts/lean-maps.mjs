// Owns how source maps become small enough to be shipped: they lead to the line, not to the column, and omit comments and sources
// that are of no use. In full, they would be half of the package. For code that is not minified this loses little:
// a stack names the same lines, a debugger shows the same code and stops at each of its lines.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";

/** Texts that were generated, and what is bundled of others. */
const UNREAD = /\/(?:binary|worker-program|program-source)\.ts$|node_modules\//;

/** What every program runs, which debuggers step through; the other maps lead to a file and a line, and hold no sources. */
const WITH_SOURCES = /(?:^|\/)wasyncio\.js\.map$/;

/** @param {string} folder - all maps in it are rewritten. */
export function leanMaps(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".js.map")) continue;
    const path = join(folder, name);
    writeFileSync(
      path,
      JSON.stringify(lean(JSON.parse(readFileSync(path, "utf8")), WITH_SOURCES.test(name))),
    );
  }
}

/**
 * @param {{ mappings: string, sources: string[], sourcesContent: (string | null)[] }} map
 * @param {boolean} withSources
 */
function lean({ mappings, sourcesContent, ...map }, withSources) {
  const lines = decode(mappings).map((segments) =>
    segments.filter((each, index) => index === 0 || !leadsToSameLine(each, segments[index - 1])),
  );
  return {
    ...map,
    sourcesContent: sourcesContent.map((text, index) =>
      text === null || !withSources || UNREAD.test(map.sources[index] ?? "") ? null : withoutComments(text),
    ),
    mappings: encode(lines),
  };
}

/**
 * Leaves the lines of comments empty, so that all others keep their numbers.
 *
 * @param {string} text
 */
function withoutComments(text) {
  let within = false;
  const lines = text.split("\n").map((line) => {
    const code = line.trimStart();
    const begins = code.startsWith("/*");
    const isComment = within || begins || code.startsWith("//");
    if (within || begins) within = !code.includes("*/");
    return isComment ? "" : line;
  });
  return lines.join("\n");
}

/** @typedef {import("@jridgewell/sourcemap-codec").SourceMapSegment} Segment */

/** @param {Segment} segment @param {Segment | undefined} before */
function leadsToSameLine(segment, before) {
  return segment[1] === before?.[1] && segment[2] === before?.[2];
}
