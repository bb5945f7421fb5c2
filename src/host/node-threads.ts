/**
 * Owns threads of Node, and of Deno and Bun, which offer the same module. A thread runs a program's text, so that there is no
 * file to be found wherever a bundler may have put the package.
 */
import { Worker } from "node:worker_threads";
import type { HostWorker, ThreadSettings, WorkerListener } from "./workers.ts";

/** Set in front of a program: before Node 20.16 there is no `getBuiltinModule`; but a text is run where `require` is. */
export const GLUE = "process.getBuiltinModule ??= require;\n";

/** Nothing of this process's is handed over: neither its environment and arguments nor its streams. */
const SEALED = { env: {}, argv: [], execArgv: [], stdin: true, stdout: true, stderr: true };

export function startNodeThread(program: string, { name, isSealed }: ThreadSettings): HostWorker {
  return new NodeThread(new Worker(GLUE + program, { eval: true, name, ...(isSealed && SEALED) }));
}

export class NodeThread implements HostWorker {
  readonly #worker: Worker;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  listen(listener: WorkerListener): void {
    let error: unknown;
    const worker = this.#worker;
    worker.on("message", (message) => listener.message(message));
    worker.on("messageerror", () => void worker.terminate());
    worker.on("error", (thrown) => {
      error = thrown;
    });
    worker.once("exit", (code) =>
      listener.ended(error === undefined ? `it has ended with the status ${code}` : String(error), error),
    );
  }

  post(message: unknown, transfer: readonly object[]): void {
    this.#worker.postMessage(message, transfer as readonly ArrayBuffer[]);
  }

  keepAlive(on: boolean): void {
    if (on) this.#worker.ref();
    else this.#worker.unref();
  }

  end(): void {
    void this.#worker.terminate();
  }
}
