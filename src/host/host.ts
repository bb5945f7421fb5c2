/**
 * What the loop needs from the place it runs in, and what every host guarantees. Everything a host does for the loop goes
 * through this interface; nothing else in the package may touch a host's globals. One `Host` belongs to one loop.
 *
 * The contract, which `test/hosts/suite` holds every host to:
 * - `now` never goes backwards and counts milliseconds from any origin.
 * - `wakeSoon` and `wakeAt` call back from the host's own stack, never from within the call, once for each call.
 * - `wakeSoon` is fair: the host's timers and I/O get their turn in between.
 * - `wakeAt` never calls back early by the host's clock, however long the delay, except with a clock that stands still: then the
 *   host's timers decide. The loop takes the call itself to mean that the deadline has been reached.
 * - `keepAlive(true)` keeps the process from ending, `keepAlive(false)` lets it end; repeating either is harmless.
 * - What a host cannot do is absent (`network`, `processes`, `signals`, `fetch`, `WebSocket`, `compressor`, `createTaskStorage`, `captureContext`,
 *   `swallowRejections`); if a program
 *   asks for it, the loop throws an error with the code ERR_HOST_UNSUPPORTED.
 */
import type { HostNetwork } from "./network.ts";
import type { HostProcesses } from "./processes.ts";

declare global {
  // The web-standard types that the main entry's declarations use. Where a program has neither the DOM's nor a runtime's types,
  // these stand in for them, so that it compiles; where it does, they add nothing.
  interface AbortSignal {}
  interface AbortController {}
}

/** The web-standard fetch, as far as the program's types know of one. */
export type HostFetch = typeof globalThis extends { fetch: infer F } ? F : never;

/** The two ends of what compresses; its declarations differ from runtime to runtime. */
export type HostCompressorClass = new (
  format: string,
) => { readonly readable: object; readonly writable: object };

/** A WebSocket has the web's interface; it is not declared here, since runtimes declare it differently. */
export type HostWebSocketClass = new (url: string, protocols: string[] | object) => object;

export interface Host {
  /** Named in messages. */
  readonly name: string;
  /** How long one wake may keep the thread before the host gets it back, in milliseconds. */
  readonly sliceMs: number;
  /** The monotonic clock, in milliseconds. */
  now(): number;
  /** Calls `wake` in the host's fastest fair macrotask. */
  wakeSoon(wake: () => void): void;
  /**
   * Called in a microtask: calls back as soon as no microtask is left, before the host's next macrotask. Where it is absent
   * the loop takes the next macrotask for that.
   */
  readonly afterMicrotasks?: (over: () => void) => void;
  /** Calls `wake` once `now()` has reached `deadlineMs`. */
  wakeAt(deadlineMs: number, wake: () => void): HostTimer;
  /** Whether a run is pending that must keep the host's process alive. */
  keepAlive(on: boolean): void;
  /** Writes a report, one or more lines, where the host's users look for errors. */
  writeError(text: string): void;
  /** Storage that follows native promises, so that the current task is known after a foreign `await`. */
  createTaskStorage?<T>(): TaskStorage<T>;
  /** Remembers the async context of this moment, in which what the program starts here is to begin later. */
  captureContext?(): CapturedContext;
  /** Moves a virtual clock to the deadline at once. Present only on virtual clocks; `runSync` needs it. */
  skipTo?(deadlineMs: number): void;
  /** Under a virtual clock the host itself, whose time is that of its network. */
  readonly real?: Pick<Host, "now" | "wakeAt">;
  /** Present only on virtual clocks: the loop has nothing to run, and has set its alarm if it has a deadline. */
  idle?(loop: IdleLoop): void;
  /** Present only on virtual clocks: the error for a loop that nothing will wake, which says what its tasks wait for. */
  deadlock?(loop: IdleLoop): Error;
  /** Sockets and names. */
  readonly network?: HostNetwork;
  /** Processes and pipes; present once `wasyncio/subprocess` is loaded. */
  readonly processes?: HostProcesses | undefined;
  /** The process's signals; the same object for all hosts of a process. */
  readonly signals?: HostSignals;
  /** The web-standard fetch. */
  readonly fetch?: HostFetch;
  /** Whether `fetch` is that of a page: it does not reveal where a redirect leads, and may not be able to send a stream. */
  readonly fetchOfPage?: boolean;
  /** The web-standard WebSocket. */
  readonly WebSocket?: HostWebSocketClass | undefined;
  /** The web-standard CompressionStream. */
  readonly compressor?: HostCompressorClass | undefined;
  /** Whether `WebSocket` takes an object in place of its protocols, which has `protocols`, `headers` and options of the host's own. */
  readonly webSocketTakesOptions?: boolean;
  /** Keeps certain unhandled rejections from being reported. */
  readonly swallowRejections?: SwallowRejections;
}

/**
 * From now on an unhandled rejection for such a reason is not reported to the process or the page. Every other rejection
 * has the effect that it would have otherwise. Never keeps the process alive.
 * @returns a function that ends it.
 */
export type SwallowRejections = (isSwallowed: (reason: unknown) => boolean) => () => void;

/** A loop that has nothing to run, as a virtual clock sees it. */
export interface IdleLoop {
  /** Whether that is still so. */
  readonly asleep: boolean;
  /** Ends its run with an error. */
  interrupt(error: unknown): void;
}

/** A wake that was asked for by `wakeAt`. */
export interface HostTimer {
  cancel(): void;
}

/** The signals of a process. */
export interface HostSignals {
  /** Whether this thread gets signals at all. */
  reachThisThread(): boolean;
  /** Whether the system has a signal of this name. */
  has(signal: string): boolean;
  /** How many listeners the signal has in the whole process. */
  listenerCount(signal: string): number;
  /**
   * Calls `heard` on each such signal, from the host's own stack. While there is a listener, the signal does not have its
   * default effect, such as ending the process. Never keeps the process alive. Throws the host's own error for a signal
   * that cannot be caught.
   * @returns a function that ends it.
   */
  listen(signal: string, heard: () => void): () => void;
}

/** An async context that was captured. */
export interface CapturedContext {
  runInAsyncScope<A extends unknown[], R>(call: (...args: A) => R, self: unknown, ...args: A): R;
}

/** What AsyncLocalStorage offers, as much of it as the loop needs. */
export interface TaskStorage<T> {
  run<A extends unknown[], R>(value: T, body: (...args: A) => R, ...args: A): R;
  get(): T | undefined;
}

/** A different time for a host, such as a virtual clock. */
export interface Clock {
  /** The host as seen through this clock. */
  attach(host: Host): Host;
}

/** Makes the host of a new loop. */
export type HostFactory = () => Host;

let defaultFactory: HostFactory | undefined;

/** Sets which host this is. Each entry point does so, once. */
export function provideHost(factory: HostFactory): void {
  defaultFactory = factory;
}

/** A host for a new loop, for the runtime in which the package was imported. */
export function makeDefaultHost(): Host {
  if (defaultFactory === undefined) {
    throw new Error("no host was provided; import the package by its name, not a file inside it");
  }
  return defaultFactory();
}
