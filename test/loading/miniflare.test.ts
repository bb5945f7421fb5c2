/**
 * The installed package in a worker as Cloudflare's own tools run it: bundled for the condition workerd, with the core as a
 * module next to it, in miniflare.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectFolder } from "./folder.ts";

const folder = projectFolder({
  "worker.js": `import { adopt, sleep, timeout } from "wasyncio";
    import { serve } from "wasyncio/edge";
    export default {
      fetch: serve(function* (request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/fails") throw new Error("not for the client");
        yield* sleep(1);
        return Response.json(yield* timeout(10_000, () => adopt(Promise.resolve(pathname))));
      }),
    };`,
});

let miniflare: Miniflare;

beforeAll(async () => {
  await build({
    entryPoints: [join(folder, "worker.js")],
    outfile: join(folder, "out/worker.mjs"),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["*.wasm", "cloudflare:*", "node:*"],
    plugins: [
      {
        name: "core next to the worker",
        setup({ onResolve }) {
          onResolve({ filter: /core\.wasm$/ }, () => ({ path: "./core.wasm", external: true }));
        },
      },
    ],
  });
  copyFileSync(join(folder, "node_modules/wasyncio/dist/core.wasm"), join(folder, "out/core.wasm"));
  miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    modulesRoot: join(folder, "out"),
    modules: [
      { type: "ESModule", path: join(folder, "out/worker.mjs") },
      { type: "CompiledWasm", path: join(folder, "out/core.wasm") },
    ],
    compatibilityDate: "2026-07-01",
    compatibilityFlags: ["enable_request_signal"],
  });
  await miniflare.ready;
});

afterAll(() => miniflare?.dispose());

test("serve answers 50 requests at once", async () => {
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
  const answers = await Promise.all(
    paths.map(async (path) => (await miniflare.dispatchFetch(`http://worker${path}`)).json()),
  );
  expect(answers).toEqual(paths);
});

test("serve does not tell the client what failed", async () => {
  const response = await miniflare.dispatchFetch("http://worker/fails");
  expect([response.status, await response.text()]).toEqual([500, "Internal Server Error"]);
});
