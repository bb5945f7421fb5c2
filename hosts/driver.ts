/**
 * What it takes to run a program on a host that is not this process: to find the host, to start it, to hand it a program
 * and to end it. Types only; the drivers are next to this file, one a kind of host. Tests and benchmarks use the same.
 *
 * A program is one ES module whose default export is `main(config): Promise<Json>`. What it returns is what `run`
 * answers; what it throws, `run` throws, with the host's own words in the message.
 */

/** What can be told from one host to another. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One host that may be on this machine. */
export interface HostDriver {
  /** As in tables: "Node 22", "Deno", "Chromium". */
  readonly name: string;
  /** The conditions of package.json's exports that this host resolves by, the most special first. */
  readonly conditions: readonly string[];
  /** What a program may look like: `modules` may import packages, `bundle` must be one file. */
  readonly takes: "modules" | "bundle";
  /** Looks whether the host is there and runs at all. Never throws. */
  find(): Promise<HostSearch>;
  /** Starts it. Whoever starts a session closes it, also when a run failed. */
  start(): Promise<HostSession>;
}

export type HostSearch =
  | { readonly found: true; readonly version: string }
  | {
      readonly found: false;
      /** What to do to have it, as a sentence or a command. */
      readonly howToGet: string;
    };

/** A host that was started. */
export interface HostSession {
  /** Runs one program, in a process, page or isolate of its own. Ends it when the time is over, and throws then. */
  run(program: HostProgram): Promise<Json>;
  /** Ends the host and all it started. May be repeated. */
  close(): Promise<void>;
}

export interface HostProgram {
  /** Path of the program's module. A bundle for workerd or edge-light has the core next to it as `core.wasm`. */
  readonly file: string;
  /** Handed to `main`. */
  readonly config: Json;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Hears the lines that the program prints while it runs, where the host lets them through. */
  readonly onLine?: (line: string) => void;
}
