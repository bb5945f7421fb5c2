// Makes Node import a .wasm file as workerd and the bundlers of edge runtimes do: as its compiled module.

import { readFileSync } from "node:fs";
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

/** @param {string} url @param {object} context @param {(url: string, context: object) => unknown} nextLoad */
export function load(url, context, nextLoad) {
  const file = new URL(url);
  file.search = "";
  if (!file.pathname.endsWith(".wasm")) return nextLoad(url, context);
  const base64 = readFileSync(file).toString("base64");
  const source = `export default new WebAssembly.Module(Buffer.from("${base64}", "base64"));`;
  return { format: "module", shortCircuit: true, source };
}

// The file is both: what `--import` runs, and the hooks that it registers, which have a thread of their own.
if (isMainThread) register(import.meta.url);
