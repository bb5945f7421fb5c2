/**
 * Owns threads and processes of Node, and of Deno and Bun, which offer the same modules. A thread runs the program's text, so
 * that there is no file to be found wherever a bundler may have put the package.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { clearTimeout, setTimeout } from "node:timers";
import { deserialize, serialize } from "node:v8";
import { MessageChannel, Worker } from "node:worker_threads";
import { isWebWorker, WebWorker } from "./standard-worker.ts";
import type { HostWorker, HostWorkers, WorkerListener } from "./workers.ts";

const TIMEOUT_MS_MAX = 2 ** 31 - 1;
/** Before Node 20.16 there is no `getBuiltinModule`; but a text is run where `require` is. */
const GLUE = "process.getBuiltinModule ??= require;\n";
/** What a process is started with: the program comes as the first message, for command lines are for all to see. */
const BOOTSTRAP = 'process.once("message", (program) => (0, eval)(program))';

class NodeThread implements HostWorker {
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

class NodeProcess implements HostWorker {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  listen(listener: WorkerListener): void {
    const child = this.#child;
    let isOver = false;
    const end = (why: string, error?: unknown) => {
      if (isOver) return;
      isOver = true;
      listener.ended(why, error);
    };
    child.on("message", (bytes: Uint8Array) => listener.message(deserialize(bytes)));
    // It could not be started; a message that could not be sent is followed by the exit.
    child.on("error", (error) => {
      if (child.pid === undefined) end(String(error), error);
    });
    child.once("exit", (code, signal) =>
      end(signal === null ? `it has ended with the status ${code}` : `it was ended by ${signal}`),
    );
  }

  post(message: unknown): void {
    this.#child.send(serialize(message), () => {});
  }

  keepAlive(on: boolean): void {
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
      // Deno asks for leave before it tells the other.
      const { navigator } = globalThis as { navigator?: { readonly hardwareConcurrency?: number } };
      return navigator?.hardwareConcurrency ?? availableParallelism();
    },
    startThread: (program, name) => new NodeThread(new Worker(GLUE + program, { eval: true, name })),
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
