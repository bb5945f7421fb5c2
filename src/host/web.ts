/**
 * Owns the binding to what web standards provide everywhere: pages, workers, edge runtimes, and any host that has no entry point
 * of its own. Knows no single runtime, and probes for nothing: an entry point says what its runtime has beyond the standards.
 *
 * Nothing is touched before a loop asks for it: workerd allows no timers outside a request, and modules are loaded there.
 */
import { setAlarm } from "./alarm.ts";
import type { TaskStorageFactory } from "./async-local-storage.ts";
import type { Host, HostCompressorClass, HostTimer, HostWebSocketClass, SwallowRejections } from "./host.ts";
import type { HostNetwork } from "./network.ts";
import type { WakeSoon } from "./web-wakes.ts";

/** How web hosts differ. */
export interface WebHostOptions {
  /** Named in messages. */
  readonly name: string;
  /** How long one wake may keep the thread, in milliseconds. */
  readonly sliceMs: number;
  /** Whether all code runs within a request: nothing outlives it, and a timer would hide that the program hangs. */
  readonly perRequest: boolean;
  /** The fastest fair macrotask that the runtime has. */
  readonly wakeSoon: WakeSoon;
  /** Whether `fetch` is that of a page, or may be. */
  readonly fetchOfPage: boolean;
  /** Sockets, where the runtime has some of its own. */
  readonly network?: HostNetwork | undefined;
  /** Storage that follows native promises, if the runtime has any. Asked for with each loop. */
  readonly findTaskStorage?: (() => TaskStorageFactory | undefined) | undefined;
  /** For runtimes where rejections are events, and a listener changes nothing except by what it does. */
  readonly swallowRejections?: SwallowRejections;
}

/** The interval only serves to keep a process alive. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

type Timer = ReturnType<typeof setTimeout>;

// As they are when the package is loaded: fake timers of a test library do not hold up loops.
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const now = performance.now.bind(performance);

const alarmParts = {
  now,
  setTimeout: (wake: () => void, delayMs: number): Timer => setTimeout(wake, delayMs),
  clearTimeout: (timer: Timer) => clearTimeout(timer),
};

class WebHost implements Host {
  readonly name: string;
  readonly sliceMs: number;
  readonly fetchOfPage: boolean;
  readonly network?: HostNetwork;
  readonly swallowRejections?: SwallowRejections;
  readonly createTaskStorage?: TaskStorageFactory;
  readonly wakeSoon: WakeSoon;
  private readonly perRequest: boolean;
  private alive: Timer | undefined = undefined;

  constructor(options: WebHostOptions) {
    this.name = options.name;
    this.sliceMs = options.sliceMs;
    this.perRequest = options.perRequest;
    this.wakeSoon = options.wakeSoon;
    this.fetchOfPage = options.fetchOfPage;
    if (options.network !== undefined) this.network = options.network;
    if (options.swallowRejections !== undefined) this.swallowRejections = options.swallowRejections;
    const createTaskStorage = options.findTaskStorage?.();
    if (createTaskStorage !== undefined) this.createTaskStorage = createTaskStorage;
  }

  now(): number {
    return now();
  }

  wakeAt(deadlineMs: number, wake: () => void): HostTimer {
    return setAlarm(alarmParts, deadlineMs, wake);
  }

  keepAlive(on: boolean): void {
    if (on && !this.perRequest) this.alive ??= setInterval(() => {}, KEEP_ALIVE_MS);
    else if (this.alive !== undefined) {
      clearInterval(this.alive);
      this.alive = undefined;
    }
  }

  writeError(text: string): void {
    // biome-ignore lint/suspicious/noConsole: where the users of these hosts look for errors.
    console.error(text);
  }

  /** Bound, since a browser's fetch refuses to be called as a method of anything else. */
  get fetch(): typeof globalThis.fetch {
    return globalThis.fetch?.bind(globalThis);
  }

  get WebSocket(): HostWebSocketClass | undefined {
    return (globalThis as { WebSocket?: HostWebSocketClass }).WebSocket;
  }

  /** As a property: builds for Vercel's edge look for the name. */
  get compressor(): HostCompressorClass | undefined {
    return (globalThis as { CompressionStream?: HostCompressorClass }).CompressionStream;
  }
}

/** Makes the hosts of a runtime that keeps to web standards. */
export function webHost(options: WebHostOptions): () => Host {
  return () => new WebHost(options);
}
