// Owns how the page of the report is built: its script and its styles, with the chart library, go into one HTML file that
// lacks the results alone, so that who makes a report needs no bundler. Run by itself it builds into bench/dist.
//
// A content security policy lets in nothing from elsewhere, and of scripts only the one that was built: by its hash.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageAround } from "./shell.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} folder - bench/dist: gets report.js, the command, and report/template.html. */
export async function buildReport(folder) {
  await Promise.all([buildTemplate(join(folder, "report/template.html")), buildCommand(folder)]);
}

/** @param {string} file - where to. */
export async function buildTemplate(file) {
  const { outputFiles, metafile } = await build({
    entryPoints: ["bench/report/page/main.tsx"],
    outdir: "page",
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    format: "iife",
    target: ["es2022", "chrome123", "firefox120", "safari17.5"],
    jsx: "automatic",
    jsxImportSource: "preact",
    define: { "process.env.NODE_ENV": '"production"' },
    absWorkingDir: ROOT,
    logLevel: "warning",
  });
  const text = (/** @type {string} */ ending) =>
    outputFiles.find(({ path }) => path.endsWith(ending))?.text.trim() ?? "";
  // Within a script element nothing may look like its end.
  const script = text(".js").replaceAll("</script", "<\\/script");
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'`;
  const page = pageAround({
    policy,
    licences: licences(Object.keys(metafile.inputs)),
    styles: text(".css"),
    script,
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
}

/** @param {string} folder */
async function buildCommand(folder) {
  await build({
    entryPoints: ["bench/report/cli.ts"],
    outfile: join(folder, "report.js"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    absWorkingDir: ROOT,
    logLevel: "warning",
  });
}

/**
 * What was bundled goes with its licence; packages that share a text are named above it.
 *
 * @param {string[]} inputs
 */
function licences(inputs) {
  const folders = inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  /** @type {Map<string, string[]>} */
  const packagesByText = new Map();
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    const words = readFileSync(join(ROOT, folder, "LICENSE"), "utf8").trim();
    packagesByText.set(words, [...(packagesByText.get(words) ?? []), `${name} ${version}`]);
  }
  return [...packagesByText]
    .map(([words, packages]) => `${packages.join(", ")}\n\n${words}`)
    .join("\n\n====\n\n")
    .replaceAll("-->", "- ->");
}

if (argv[1] === fileURLToPath(import.meta.url)) await buildReport(join(ROOT, "bench/dist"));
