/**
 * Owns what a worker needs of the place that it is, whichever that is: a thread of Node's, a process, or a Web Worker. Runs within
 * the worker, where nobody provides a host. Knows nothing of what is said by way of the port.
 */
import type { ChannelPort, WorkerPort } from "./workers.ts";

interface NodePort {
  postMessage(message: unknown, transfer: readonly object[]): void;
  on(event: "message", heard: (message: unknown) => void): void;
}

/** As much of the `process` of Node, Deno and Bun as is used. */
interface ProcessLike {
  getBuiltinModule(name: string): unknown;
  readonly send?: (message: unknown) => void;
  on(event: "message" | "disconnect", heard: (message: Uint8Array) => void): void;
  exit(): never;
}

/** As much of a worker's global object as is used, by whatever host it is. */
const globals: {
  readonly process?: ProcessLike;
  readonly WorkerGlobalScope?: unknown;
  postMessage?(message: unknown, transfer: readonly object[]): void;
  addEventListener?(type: "message", heard: (event: { readonly data: unknown }) => void): void;
  close?: () => void;
  eval(source: string): unknown;
} = globalThis;

/** The way to who has started this worker, or undefined where this is none. */
export function portHere(): WorkerPort | undefined {
  const { parentPort } = (globals.process?.getBuiltinModule?.("node:worker_threads") ?? {}) as {
    parentPort?: NodePort | null;
  };
  if (parentPort !== undefined && parentPort !== null) return portOfThread(parentPort);
  return globals.WorkerGlobalScope === undefined ? undefined : portOfPage();
}

/** The same, where it may be a process as well, which is known by its program alone. */
export function portOfProgram(): WorkerPort | undefined {
  const { process } = globals;
  return portHere() ?? (process?.send && portOfProcess(process, process.send.bind(process)));
}

function portOfThread(port: NodePort): WorkerPort {
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    listen: (heard) => port.on("message", heard),
    beforeClosing,
  };
}

interface NodeV8 {
  serialize(value: unknown): unknown;
  deserialize(bytes: Uint8Array): unknown;
}

/** Between processes there is neither transfer nor shared memory, and each host has a format of its own. */
function portOfProcess(process: ProcessLike, send: (message: unknown) => void): WorkerPort {
  const { serialize, deserialize } = process.getBuiltinModule("node:v8") as NodeV8;
  process.on("disconnect", () => process.exit());
  return {
    post: (message) => send(serialize(message)),
    listen: (heard) => process.on("message", (bytes) => heard(deserialize(bytes))),
    beforeClosing() {},
  };
}

function portOfPage(): WorkerPort {
  return {
    post: (message, transfer) => globals.postMessage?.(message, transfer),
    listen: (heard) => globals.addEventListener?.("message", ({ data }) => heard(data)),
    beforeClosing,
  };
}

function beforeClosing(told: () => void): void {
  const { close } = globals;
  if (close === undefined) return;
  globals.close = () => {
    told();
    close.call(globalThis);
  };
}

/** What is to be transferred with a result; one list for all copies of this file in the worker. */
export function transfersHere(): WeakMap<object, readonly object[]> {
  const key = Symbol.for("wasyncio.transfers");
  const known = globals as { [key]?: WeakMap<object, readonly object[]> };
  known[key] ??= new WeakMap();
  return known[key];
}

/** A function of its source text. It sees the global object and nothing else. */
export function evaluate(source: string): unknown {
  // As a method it is the indirect one, which sees nothing of this file.
  return globals.eval(source);
}

interface MessagePortLike {
  postMessage(message: unknown): void;
  on?(event: "message", heard: (message: unknown) => void): void;
  onmessage?: ((event: { readonly data: unknown }) => void) | null;
  ref?(): void;
  unref?(): void;
}

/** The end of a channel that this worker has been given, or undefined for what is none. */
export function channelPortOf(given: unknown): ChannelPort | undefined {
  const port = given as MessagePortLike | undefined;
  if (typeof port?.postMessage !== "function") return undefined;
  return {
    post: (message) => port.postMessage(message),
    listen(heard) {
      if (port.on !== undefined) port.on("message", heard);
      else port.onmessage = ({ data }) => heard(data);
    },
    keepAlive(on) {
      if (on) port.ref?.();
      else port.unref?.();
    },
  };
}

/** What `encode` of the host's workers has made. */
export function decode(bytes: Uint8Array): unknown {
  const { deserialize } = (globals.process?.getBuiltinModule?.("node:v8") ?? {}) as Partial<NodeV8>;
  return deserialize === undefined ? JSON.parse(new TextDecoder().decode(bytes)) : deserialize(bytes);
}
