/**
 * Owns threads of pages: Web Workers that are started from a program's text, which is a module of a Blob, so that it needs no
 * file of its own.
 */
import { isWebWorker, WebWorker, type WebWorkerLike } from "./standard-worker.ts";
import type { HostWorkers, StartThread } from "./workers.ts";

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
  readonly navigator?: { readonly hardwareConcurrency?: number; readonly userAgent?: string };
  readonly WorkerGlobalScope?: unknown;
} = globalThis as never;

/** What starts threads in pages and wherever there is Worker, or undefined: a page's worker may have none of its own. */
export function webThreads(): StartThread | undefined {
  const { Worker } = globals;
  if (Worker === undefined || mayNeverReturn()) return undefined;
  return (program, { name }) => new WebWorker(new Worker(urlOf(program), { name, type: "module" }));
}

/**
 * In a worker of Firefox, `new Worker` has its caller wait until the page's thread has noted the new worker, and what notes it wakes
 * one of those who wait for the new worker's queue. If that is the new worker itself, idle by then, the caller's thread stands still
 * for ever: on a busy machine after some dozens of workers. No code can end that wait.
 */
function mayNeverReturn(): boolean {
  const { WorkerGlobalScope, navigator } = globals;
  return WorkerGlobalScope !== undefined && navigator?.userAgent?.includes("Firefox/") === true;
}

/** What runs calls there, or undefined. */
export function webWorkers(): HostWorkers | undefined {
  const startThread = webThreads();
  return startThread && { ...shared, startThread };
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

/** The URLs of programs, of which there are two. Not given back: a worker may load it late, when the machine is busy. */
const urls = new Map<string, string>();

function urlOf(program: string): string {
  const url = urls.get(program) ?? URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  urls.set(program, url);
  return url;
}
