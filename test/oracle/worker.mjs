// The thread in which the oracle lives: it loads Pyodide and answers one question after the other.
//
// Owns the Python interpreter. Must not know asyncio, nor what is asked. It is plain JavaScript because a
// worker thread of Node 20 is started from a file that Node itself has to understand.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { loadPyodide } from "pyodide";

const TESTS = fileURLToPath(new URL("..", import.meta.url));

if (parentPort === null) throw new Error("the oracle's worker has to be started as a worker thread");
const port = parentPort;

const pyodide = await loadPyodide({
  // Named, since Pyodide otherwise reads it off a stack trace, which source maps rewrite.
  indexURL: dirname(createRequire(import.meta.url).resolve("pyodide")),
  env: { PYTHONHASHSEED: String(workerData.hashSeed), PYTHONDONTWRITEBYTECODE: "1", HOME: "/home/pyodide" },
});
// Python imports its half of the tests from where it lies: `oracle.oracle`, `fuzz.interpreter`, ...
pyodide.FS.mkdir("/tests");
pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: TESTS }, "/tests");

/** @type {(source: string, input: string) => string} */
const answer = pyodide.runPython(`
import json, sys
sys.path.append("/tests")

def answer(source, input):
    scope = {}
    exec(compile(source, "<question>", "exec"), scope)
    return json.dumps(scope["run"](json.loads(input)))

answer
`);

port.on("message", (/** @type {{ id: number, source: string, input: string }} */ { id, source, input }) => {
  try {
    port.postMessage({ id, output: answer(source, input) });
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
