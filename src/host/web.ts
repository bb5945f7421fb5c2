/**
 * Owns the binding to what web standards give everywhere: pages, workers, edge runtimes, and any host nobody has named.
 * What only some of them have is used where it is there. Knows no single runtime; an entry point says what sets its runtime apart.
 *
 * Nothing is touched before a loop asks for it: workerd allows no timer outside of a request, and a module is loaded there.
 * What is Node's, or what some web hosts lack, is not even named but as a property that may be missing: builds for Vercel's
 * edge look for such names and warn of them, and what they forbid throws when it is called.
 */
import { setAlarm } from "./alarm.ts";
import { type AsyncLocalStorageClass, taskStorageBy } from "./async-local-storage.ts";
import type { Host, HostTimer, SwallowRejections, TaskStorage } from "./host.ts";
import type { HostNetwork } from "./network.ts";

/** In what web hosts differ. */
export interface WebHostOptions {
  /** Named in messages. */
  readonly name: string;
  /** How long one wake may keep the thread, in milliseconds. */
  readonly sliceMs: number;
  /** Whether all code runs within a request: nothing outlives it, and a timer would hide that the program hangs. */
  readonly perRequest: boolean;
  /** Whether `fetch` is that of a page, or may be. */
  readonly fetchOfPage: boolean;
  /** Sockets, where the runtime has some of its own. */
  readonly network?: HostNetwork | undefined;
  /** Where AsyncLocalStorage is, if the runtime has it and not as a global. */
  readonly findAsyncLocalStorage?: (() => AsyncLocalStorageClass | undefined) | undefined;
  /** Where rejections are events, and a listener changes nothing but by what it does. */
  readonly swallowRejections?: SwallowRejections;
}

/** An interval that never matters but for keeping a process alive. */
const KEEP_ALIVE_MS = 2 ** 31 - 1;

type Timer = ReturnType<typeof setTimeout>;

/** As much of a MessagePort as is used; `unref` where a port would keep a process alive. */
interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  unref?(): void;
}

/** Globals that not every web host has. */
const globals: {
  setImmediate?(wake: () => void): unknown;
  MessageChannel?: MessageChannelClass;
  AsyncContext?: { readonly Variable: new <T>() => TaskStorage<T> };
  AsyncLocalStorage?: AsyncLocalStorageClass;
} = globalThis as object;

type MessageChannelClass = new () => { readonly port1: Port; readonly port2: Port };

const alarmParts = {
  now: () => performance.now(),
  setTimeout: (wake: () => void, delayMs: number): Timer => setTimeout(wake, delayMs),
  clearTimeout: (timer: Timer) => clearTimeout(timer),
};

class WebHost implements Host {
  readonly name: string;
  readonly sliceMs: number;
  readonly fetchOfPage: boolean;
  readonly network?: HostNetwork;
  readonly swallowRejections?: SwallowRejections;
  readonly createTaskStorage?: <T>() => TaskStorage<T>;
  private readonly perRequest: boolean;
  private immediates = typeof globals.setImmediate === "function";
  private alive: Timer | undefined = undefined;

  constructor(options: WebHostOptions) {
    this.name = options.name;
    this.sliceMs = options.sliceMs;
    this.perRequest = options.perRequest;
    this.fetchOfPage = options.fetchOfPage;
    if (options.network !== undefined) this.network = options.network;
    if (options.swallowRejections !== undefined) this.swallowRejections = options.swallowRejections;
    const createTaskStorage = findTaskStorage(options);
    if (createTaskStorage !== undefined) this.createTaskStorage = createTaskStorage;
  }

  now(): number {
    return performance.now();
  }

  wakeSoon(wake: () => void): void {
    if (this.immediates && globals.setImmediate !== undefined) {
      try {
        globals.setImmediate(wake);
        return;
      } catch {
        // Vercel's edge has the function and throws when it is called, so that calling is the only way to find out.
        this.immediates = false;
      }
    }
    // In workerd messages are microtasks in disguise: they would starve timers and I/O.
    if (this.perRequest || globals.MessageChannel === undefined) setTimeout(wake, 0);
    else wakeByMessage(globals.MessageChannel, wake);
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

  /** Bound, since a browser's fetch refuses to be called on anything else. */
  get fetch(): typeof globalThis.fetch {
    return globalThis.fetch?.bind(globalThis);
  }
}

let port: Port | undefined;
const messageWakes: (() => void)[] = [];

/** One channel for all loops: each message takes one wake, in the order in which they were asked for. */
function wakeByMessage(Channel: MessageChannelClass, wake: () => void): void {
  if (port === undefined) {
    const { port1, port2 } = new Channel();
    port1.onmessage = () => messageWakes.shift()?.();
    port1.unref?.();
    port = port2;
  }
  messageWakes.push(wake);
  port.postMessage(null);
}

/** What follows native promises on this host, if there is anything. */
function findTaskStorage({ findAsyncLocalStorage }: WebHostOptions): (<T>() => TaskStorage<T>) | undefined {
  const { AsyncContext } = globals;
  if (AsyncContext !== undefined) return <T>() => new AsyncContext.Variable<T>();
  const AsyncLocalStorage = globals.AsyncLocalStorage ?? findAsyncLocalStorage?.();
  return AsyncLocalStorage && taskStorageBy(AsyncLocalStorage);
}

/** Makes the hosts of a runtime that keeps to web standards. */
export function webHost(options: WebHostOptions): () => Host {
  return () => new WebHost(options);
}
