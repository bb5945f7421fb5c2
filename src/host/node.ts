/**
 * Owns the binding to Node: clock, wakes, staying alive and async context. Sockets, signals and rejections are in files of their own
 * (node-network.ts, node-signals.ts, node-rejections.ts).
 * Deno and Bun offer the same modules, and use this binding through them.
 *
 * `process` is the global one in all of these files: to import `node:process` has Node make the streams of standard input and error,
 * which takes a fifth of the package's start-up.
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { performance } from "node:perf_hooks";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { setAlarm } from "./alarm.ts";
import { type TaskStorageFactory, taskStorageBy } from "./async-local-storage.ts";
import type {
  CapturedContext,
  Host,
  HostCompressorClass,
  HostTimer,
  HostWebSocketClass,
  SwallowRejections,
} from "./host.ts";
import type { HostNetwork } from "./network.ts";
import { nodeSignals } from "./node-signals.ts";
import { wakeSoon } from "./node-wakes.ts";
import { type HostProcesses, providedProcesses } from "./processes.ts";

/** How long one wake may keep the thread: short, since a server's clients are waiting. */
const SLICE_MS = 1;
/** The interval only serves to keep the process alive. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

const alarmParts = {
  now: () => performance.now(),
  setTimeout: (wake: () => void, delayMs: number) => setTimeout(wake, delayMs),
  clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
};

/** How the runtimes with Node's modules differ. */
export interface NodeHostOptions {
  /** Named in messages. */
  readonly name: string;
  readonly network: HostNetwork;
  readonly swallowRejections?: SwallowRejections;
  /** Whether a tick that was asked for in a microtask comes when no microtask is left. */
  readonly ticksAfterMicrotasks?: boolean;
  /** Made of AsyncLocalStorage unless it is given. */
  readonly createTaskStorage?: TaskStorageFactory | undefined;
}

class NodeHost implements Host {
  readonly name: string;
  readonly sliceMs = SLICE_MS;
  readonly network: HostNetwork;
  readonly swallowRejections?: SwallowRejections;
  readonly signals = nodeSignals;
  readonly webSocketTakesOptions = true;
  readonly afterMicrotasks?: (over: () => void) => void;
  readonly createTaskStorage: TaskStorageFactory;
  #alive: NodeJS.Timeout | undefined;

  constructor(options: NodeHostOptions) {
    this.name = options.name;
    this.network = options.network;
    if (options.swallowRejections !== undefined) this.swallowRejections = options.swallowRejections;
    if (options.ticksAfterMicrotasks === true) this.afterMicrotasks = process.nextTick;
    this.createTaskStorage = options.createTaskStorage ?? taskStorageBy(AsyncLocalStorage);
  }

  now(): number {
    return performance.now();
  }

  wakeSoon(wake: () => void): void {
    wakeSoon(wake);
  }

  wakeAt(deadlineMs: number, wake: () => void): HostTimer {
    return setAlarm(alarmParts, deadlineMs, wake);
  }

  keepAlive(on: boolean): void {
    if (on) this.#alive ??= setInterval(() => {}, KEEP_ALIVE_MS);
    else if (this.#alive !== undefined) {
      clearInterval(this.#alive);
      this.#alive = undefined;
    }
  }

  /** An AsyncResource takes 10 ns, and 40 to 160 to be called; `AsyncLocalStorage.snapshot()` takes 10,000 and more. */
  captureContext(): CapturedContext {
    return new AsyncResource("wasyncio task", { requireManualDestroy: true });
  }

  writeError(text: string): void {
    // biome-ignore lint/suspicious/noConsole: where the users of this host look for errors.
    console.error(text);
  }

  get fetch(): typeof globalThis.fetch {
    return globalThis.fetch;
  }

  /** Node 20 has none. */
  get WebSocket(): HostWebSocketClass | undefined {
    return (globalThis as { WebSocket?: HostWebSocketClass }).WebSocket;
  }

  /** As a property: builds for Vercel's edge look for the name. */
  get compressor(): HostCompressorClass | undefined {
    return (globalThis as { CompressionStream?: HostCompressorClass }).CompressionStream;
  }

  get processes(): HostProcesses | undefined {
    return providedProcesses();
  }
}

/** Makes the hosts of Node, or of a runtime with the same modules. */
export function nodeHost(options: NodeHostOptions): () => Host {
  return () => new NodeHost(options);
}
