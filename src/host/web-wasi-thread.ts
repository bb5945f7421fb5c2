/**
 * Owns the binding of workers to web standards: a module of a Blob, so that it needs no file of its own.
 */
import type { HostWorker, HostWorkerEvents } from "./wasi.ts";

/** As much of web standards as is used. */
interface WebWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string; preventDefault?(): void }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

const web = globalThis as unknown as {
  readonly Worker?: new (url: string) => WebWorker;
  readonly Blob: new (parts: string[], options: { type: string }) => object;
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
};

/** Whether there are any: a page's workers may have none of their own, and edge runtimes have none. */
export function hasWebWorkers(): boolean {
  return typeof web.Worker === "function";
}

export function startWebWorker(source: string, events: HostWorkerEvents): HostWorker {
  const { Worker, Blob, URL } = web;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  let worker: WebWorker | undefined;
  let isOver = false;
  const fail = (reason: string) => {
    if (isOver) return;
    isOver = true;
    worker?.terminate();
    events.failed({
      code: "EPERM",
      reason: `${reason}; a policy of the page may forbid it: allow worker-src blob:`,
    });
  };
  try {
    worker = new (Worker as NonNullable<typeof Worker>)(url);
    worker.onmessage = ({ data }) => {
      if (!isOver) events.message(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      fail(`the worker has failed: ${event.message || "no reason was given"}`);
    };
  } catch (error) {
    queueMicrotask(() =>
      fail(`no worker could be started: ${error instanceof Error ? error.message : error}`),
    );
  }
  return {
    post: (message) => worker?.postMessage(message),
    terminate(ended) {
      isOver = true;
      worker?.terminate();
      URL.revokeObjectURL(url);
      queueMicrotask(ended);
    },
  };
}
