/**
 * How Vite builds the page. There is nothing about wasyncio here, on purpose: "wasyncio" is found as a user's project finds
 * it, by the exports of its package.json under the condition `browser`. Within this repository the package is the one
 * around this folder, which Node's rule of self-reference allows and Vite follows; it has to be built (`npm run build`).
 */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Relative, so that the output may be served from any folder.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../../build/examples-browser", import.meta.url)),
    emptyOutDir: true,
  },
  server: { host: "127.0.0.1" },
});
