/**
 * What the loop needs of the place it runs in, and what every host promises. Everything a host does for the loop goes
 * through this interface; nothing else in the package may touch a host's globals. One `Host` belongs to one loop.
 *
 * The contract, which `test/host/contract.ts` holds every host to:
 * - `now` never goes backwards and counts milliseconds from any origin.
 * - `wakeSoon` and `wakeAt` call back from the host's own stack, never from within the call, once for each call.
 * - `wakeSoon` is fair: the host's timers and I/O get their turn in between.
 * - `wakeAt` never calls back early by the host's clock, whatever the distance, but for a clock that stands still: then the
 *   host's timers count. The loop takes the call itself as word that the deadline is reached.
 * - `keepAlive(true)` keeps the process from ending, `keepAlive(false)` no longer does; repeating either is harmless.
 * - What a host cannot do is absent (`network`, `processes`, `signals`, `fetch`, `createTaskStorage`, `swallowRejections`); where a program
 *   asks for it, the loop turns that into an error with the code ERR_HOST_UNSUPPORTED.
 */
import type { HostNetwork } from "./network.ts";
import type { HostProcesses } from "./processes.ts";

declare global {
  // Of web standards, what the declarations of the main entry name. Where neither the DOM's nor a runtime's types are part of
  // a program, these stand in for them, so that it compiles; where they are, they add nothing.
  interface AbortSignal {}
  interface AbortController {}
}

/** The web-standard fetch, as far as the program's types know of one. */
export type HostFetch = typeof globalThis extends { fetch: infer F } ? F : never;

export interface Host {
  /** Named in messages. */
  readonly name: string;
  /** How long one wake may keep the thread before the host gets it back, in milliseconds. */
  readonly sliceMs: number;
  /** The monotonic clock, in milliseconds. */
  now(): number;
  /** Calls `wake` in the host's fastest fair macrotask. */
  wakeSoon(wake: () => void): void;
  /** Calls `wake` once `now()` has reached `deadlineMs`. */
  wakeAt(deadlineMs: number, wake: () => void): HostTimer;
  /** Whether a run is pending that must keep the host's process alive. */
  keepAlive(on: boolean): void;
  /** Writes a report, one or more lines, where the host's users look for errors. */
  writeError(text: string): void;
  /** Storage that follows native promises, so that the current task is known behind a foreign `await`. */
  createTaskStorage?<T>(): TaskStorage<T>;
  /** Moves a virtual clock to the deadline at once. Present on virtual clocks alone; `runSync` needs it. */
  skipTo?(deadlineMs: number): void;
  /** Sockets and names. */
  readonly network?: HostNetwork;
  /** Processes and pipes; there once `wasyncio/subprocess` is loaded. */
  readonly processes?: HostProcesses | undefined;
  /** What the system tells the process; the same object for all hosts of a process. */
  readonly signals?: HostSignals;
  /** The web-standard fetch. */
  readonly fetch?: HostFetch;
  /** Whether `fetch` is that of a page: it does not tell where a redirect leads, and may not send a stream as it comes. */
  readonly fetchOfPage?: boolean;
  /** Keeps certain rejections that nobody handles from being reported. */
  readonly swallowRejections?: SwallowRejections;
}

/**
 * From now on the process, or the page, is not told of a promise that was rejected for such a reason and that nobody
 * handles. With every other rejection all happens that would happen otherwise. Never keeps the process alive.
 * @returns what ends it.
 */
export type SwallowRejections = (isSwallowed: (reason: unknown) => boolean) => () => void;

/** A wake that was asked for by `wakeAt`. */
export interface HostTimer {
  cancel(): void;
}

/** The signals of a process. */
export interface HostSignals {
  /** Whether signals come to this thread at all. */
  reachThisThread(): boolean;
  /** Whether the system has a signal of this name. */
  has(signal: string): boolean;
  /** How many listen for the signal, in the whole process. */
  listenerCount(signal: string): number;
  /**
   * Calls `heard` at each such signal, from the host's own stack. While anyone listens, the signal does not do what it
   * does by itself, such as to end the process. Never keeps the process alive. Throws the host's own error for a signal
   * that cannot be caught.
   * @returns what ends it.
   */
  listen(signal: string, heard: () => void): () => void;
}

/** What AsyncLocalStorage offers, as much of it as the loop needs. */
export interface TaskStorage<T> {
  run<A extends unknown[], R>(value: T, body: (...args: A) => R, ...args: A): R;
  get(): T | undefined;
}

/** Another time for a host to live in, as a virtual clock. */
export interface Clock {
  /** The host as seen through this clock. */
  attach(host: Host): Host;
}

/** Makes the host of a new loop. */
export type HostFactory = () => Host;

let defaultFactory: HostFactory | undefined;

/** Tells which host this is. Each entry point does so, once. */
export function provideHost(factory: HostFactory): void {
  defaultFactory = factory;
}

/** A host for a new loop, of the runtime that the package was imported in. */
export function makeDefaultHost(): Host {
  if (defaultFactory === undefined) {
    throw new Error("no host was provided; import the package by its name, not a file inside it");
  }
  return defaultFactory();
}
