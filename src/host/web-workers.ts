/**
 * Owns threads of pages: Web Workers that are started from a program's text.
 */
import { isWebWorker, WebWorker, type WebWorkerLike } from "./standard-worker.ts";
import type { HostWorkers } from "./workers.ts";

const globals: {
  readonly Worker?: new (url: string, options: { name: string; type: "module" }) => WebWorkerLike;
  readonly navigator?: { readonly hardwareConcurrency?: number };
} = globalThis as object;

export const webWorkers: HostWorkers = {
  host: "browser",
  get parallelism() {
    return globals.navigator?.hardwareConcurrency ?? 1;
  },
  startThread(program, name) {
    if (globals.Worker === undefined) throw new Error("there is no Worker here");
    const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
    try {
      return new WebWorker(new globals.Worker(url, { name, type: "module" }));
    } finally {
      // The worker has begun to load it; given back at once, it would be gone before some browsers do.
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    }
  },
  takeThread: (made) => (isWebWorker(made) ? new WebWorker(made) : undefined),
  after(delayMs, call) {
    const timer = setTimeout(call, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};
