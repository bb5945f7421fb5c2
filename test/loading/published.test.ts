/** The package as it is published: what the tools that judge packages say, and how much of it a page has to load. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { expect, test } from "vitest";
import { runChild } from "../../hosts/child.ts";
import { commandsNamed } from "../../hosts/process.ts";
import { tarball } from "../hosts/package.ts";
import { projectFolder } from "./folder.ts";

const folder = projectFolder({ "all.js": 'export * from "wasyncio";\n' });
/** On Node there are the bindings of its sockets, TLS and datagrams besides, which no page loads. */
const COMPRESSED_BYTES_MAX = { browser: 50 * 1024, node: 58 * 1024 };

test("publint has nothing to say, by its strict rules", async () => {
  const packed = readFileSync(tarball());
  const { messages } = await publint({
    pack: { tarball: new Uint8Array(packed).buffer },
    strict: true,
  });
  expect(messages).toEqual([]);
});

test("attw finds the types of every entry point, for those who import", async () => {
  // Whoever imports WebAssembly has a bundler whose types say what that is.
  const attw = commandsNamed("attw")[0] as string;
  const { code, stdout, stderr } = await runChild(
    attw,
    ["--profile", "esm-only", "--format", "json", "--", tarball()],
    { timeoutMs: 60_000 },
  );
  expect(code, stdout + stderr).toBe(0);
  const { analysis } = JSON.parse(stdout) as { analysis: { entrypoints: Record<string, object> } };
  expect(Object.keys(analysis.entrypoints)).toEqual(expect.arrayContaining([".", "./testing", "./http"]));
});

test.each(["browser", "node"] as const)(
  "all of the main entry for %s is small, the core in it",
  async (platform) => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(folder, "all.js")],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2022",
      platform,
      absWorkingDir: folder,
    });
    const bytes = outputFiles[0]?.contents as Uint8Array;
    const gzip = gzipSync(bytes, { level: 9 }).byteLength;
    const brotli = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
    }).byteLength;
    // What is largest, for when it has to be made smaller.
    const inputs = Object.values(metafile.outputs)[0]?.inputs ?? {};
    const heaviest = Object.entries(inputs)
      .sort(([, one], [, other]) => other.bytesInOutput - one.bytesInOutput)
      .slice(0, 12)
      .map(([path, { bytesInOutput }]) => `${bytesInOutput} ${path}`);
    // The first bytes of any WebAssembly module, as hexadecimal digits.
    expect(outputFiles[0]?.text).toContain("0061736d01000000");
    expect(
      gzip,
      `${bytes.byteLength} bytes minified, ${gzip} by gzip, ${brotli} by brotli; of the first:\n${heaviest.join("\n")}`,
    ).toBeLessThanOrEqual(COMPRESSED_BYTES_MAX[platform]);
  },
);
