/**
 * Owns what runs the calls of executors on Node, and on Deno and Bun, which offer the same modules: processes that run a program's
 * text, and channels between threads.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { clearTimeout, setTimeout } from "node:timers";
import { deserialize, serialize } from "node:v8";
import { MessageChannel, Worker } from "node:worker_threads";
import { GLUE, NodeThread, startNodeThread } from "./node-threads.ts";
import { isWebWorker, WebWorker } from "./standard-worker.ts";
import type { HostWorker, HostWorkers, WorkerListener } from "./workers.ts";

const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** What a process is started with: the program comes as the first message, for command lines are for all to see. */
const BOOTSTRAP = 'process.once("message", (program) => (0, eval)(program))';

class NodeProcess implements HostWorker {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  listen(listener: WorkerListener): void {
    const child = this.#child;
    child.on("message", (bytes: Uint8Array) => listener.message(deserialize(bytes)));
    // A message that could not be sent is followed by the exit; what could not be started has none.
    child.on("error", (error) => {
      if (child.pid === undefined) listener.refused(String(error), error);
    });
    child.once("exit", (code, signal) =>
      listener.ended(signal === null ? `it has ended with the status ${code}` : `it was ended by ${signal}`),
    );
  }

  post(message: unknown): void {
    const bytes = serialize(message);
    // One that could not be started is told of later; on Deno it has no methods for messages.
    if (this.#child.pid !== undefined) this.#child.send(bytes, () => {});
  }

  keepAlive(on: boolean): void {
    if (this.#child.pid === undefined) return;
    const channel = this.#child.channel as { ref?(): void; unref?(): void } | null | undefined;
    if (on) {
      this.#child.ref();
      channel?.ref?.();
    } else {
      this.#child.unref();
      channel?.unref?.();
    }
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

/** How the host's own command is told to run a line of JavaScript. */
const RUN_TEXT: Readonly<Record<string, readonly string[]>> = {
  node: ["--input-type=commonjs", "--eval"],
  deno: ["eval"],
  bun: ["--eval"],
};

function isNodeThread(made: unknown): made is Worker {
  return made instanceof Worker;
}

/** What runs calls on Node, or on a runtime with the same modules. */
export function nodeWorkers(host: "node" | "deno" | "bun"): HostWorkers {
  return {
    host,
    get parallelism() {
      // Deno asks for permission before it tells the other.
      const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: number } };
      return navigator?.hardwareConcurrency ?? availableParallelism();
    },
    startThread: startNodeThread,
    startProcess(program, { execArgv, env }) {
      const child = spawn(process.execPath, [...execArgv, ...(RUN_TEXT[host] ?? []), BOOTSTRAP], {
        env: { ...process.env, ...env },
        serialization: "advanced",
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      child.send?.(GLUE + program, () => {});
      return new NodeProcess(child);
    },
    takeThread(made) {
      if (isNodeThread(made)) return new NodeThread(made);
      return isWebWorker(made) ? new WebWorker(made) : undefined;
    },
    openChannel(heard) {
      const { port1, port2 } = new MessageChannel();
      port1.on("message", heard);
      port1.unref();
      return {
        port: port2,
        post: (message) => port1.postMessage(message),
        close: () => port1.close(),
      };
    },
    encode: serialize,
    after(delayMs, call) {
      const timer = setTimeout(call, Math.min(delayMs, TIMEOUT_MS_MAX)).unref();
      return () => clearTimeout(timer);
    },
  };
}
