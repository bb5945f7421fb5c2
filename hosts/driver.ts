/**
 * What it takes to run a program on a host that is not this process: to find the host, to start it, to pass it a program
 * and to stop it. Types only; the drivers are next to this file, one per kind of host. Tests and benchmarks share them.
 *
 * A program is one ES module whose default export is `main(config): Promise<Json>`. `run` returns what it returns
 * and throws what it throws, with the host's own message.
 */

/** What can be passed from one host to another. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One host that may be on this machine. */
export interface HostDriver {
  /** As in tables: "Node 22", "Deno", "Chromium". */
  readonly name: string;
  /** The conditions of package.json's exports that this host resolves by, the most specific first. */
  readonly conditions: readonly string[];
  /** What a program may look like: `modules` may import packages, `bundle` must be one file. */
  readonly takes: "modules" | "bundle";
  /** Checks whether the host is present and runs at all. Never throws. */
  find(): Promise<HostSearch>;
  /** Starts it. The caller closes the session, even when a run has failed. */
  start(): Promise<HostSession>;
}

export type HostSearch =
  | { readonly found: true; readonly version: string }
  | {
      readonly found: false;
      /** How to get it, as a sentence or a command. */
      readonly howToGet: string;
    };

/** A host that was started. */
export interface HostSession {
  /** Runs one program, in a process, page or isolate of its own. Ends it when it times out, and then throws. */
  run(program: HostProgram): Promise<Json>;
  /** Ends the host and everything it started. May be repeated. */
  close(): Promise<void>;
}

export interface HostProgram {
  /** Path of the program's module. A bundle for workerd or edge-light has the core next to it as `core.wasm`. */
  readonly file: string;
  /** Passed to `main`. */
  readonly config: Json;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Called with the lines that the program prints while it runs, where the host passes them on. */
  readonly onLine?: (line: string) => void;
}
