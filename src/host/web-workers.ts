/**
 * Owns threads of pages: Web Workers that are started from a program's text.
 */
import { isWebWorker, WebWorker, type WebWorkerLike } from "./standard-worker.ts";
import type { HostWorkers } from "./workers.ts";

type WorkerClass = new (url: string, options: { name: string; type: "module" }) => WebWorkerLike;

/** As much of a MessagePort as is used. */
interface WebPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

const globals: {
  readonly Worker?: WorkerClass;
  // As a property: builds for Vercel's edge look for the name.
  readonly MessageChannel: new () => { readonly port1: WebPort; readonly port2: object };
  readonly navigator?: { readonly hardwareConcurrency?: number };
} = globalThis as never;

/** What runs calls in pages and wherever there is Worker, or undefined. */
export function webWorkers(): HostWorkers | undefined {
  const { Worker } = globals;
  return Worker && { ...shared, startThread: (program, name) => startFromText(Worker, program, name) };
}

const shared: Omit<HostWorkers, "startThread"> = {
  host: "browser",
  get parallelism() {
    return globals.navigator?.hardwareConcurrency ?? 1;
  },
  takeThread: (made) => (isWebWorker(made) ? new WebWorker(made) : undefined),
  openChannel(heard) {
    const { port1, port2 } = new globals.MessageChannel();
    port1.onmessage = ({ data }) => heard(data);
    return { port: port2, post: (message) => port1.postMessage(message), close: () => port1.close() };
  },
  encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
  after(delayMs, call) {
    const timer = setTimeout(call, Math.min(delayMs, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** The URLs of programs, of which there is one. Not given back: a worker may load it late, when the machine is busy. */
const urls = new Map<string, string>();

function startFromText(Worker: WorkerClass, program: string, name: string): WebWorker {
  const url = urls.get(program) ?? URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  urls.set(program, url);
  return new WebWorker(new Worker(url, { name, type: "module" }));
}
