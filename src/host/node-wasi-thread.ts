/**
 * Owns the binding of workers to `node:worker_threads`. A program's text gets its messages there as web standards have them.
 */
import { Worker } from "node:worker_threads";
import type { HostWorker, HostWorkerEvents } from "./wasi.ts";

/** Makes of Node's port what a worker of the web has on its global object. */
const PRELUDE = `
  const { parentPort } = require("node:worker_threads");
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  parentPort.once("message", (data) => globalThis.onmessage({ data }));
`;

export function startNodeWorker(source: string, events: HostWorkerEvents): HostWorker {
  // Nothing of this process's is handed over: neither its streams nor its environment.
  const worker = new Worker(PRELUDE + source, {
    eval: true,
    env: {},
    argv: [],
    execArgv: [],
    stdin: true,
    stdout: true,
    stderr: true,
  });
  let isOver = false;
  worker.on("message", (message) => {
    if (!isOver) events.message(message);
  });
  worker.on("error", (error: Error & { code?: string }) => {
    if (isOver) return;
    isOver = true;
    events.failed({ code: error.code ?? "EUNKNOWN", reason: error.message });
  });
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    terminate(ended) {
      isOver = true;
      worker.terminate().then(ended, ended);
    },
  };
}
