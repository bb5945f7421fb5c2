/**
 * Owns what a case of the contract is, what it knows about the place it runs in, and running all of them.
 * Runs on every host, so it must not know any: no test library does (a worker's isolate, an edge runtime and WebKit
 * among them), and on-host.ts passes the results to vitest, which runs everything.
 */
import type { Certificates } from "../../io/certificates.ts";

/** What a host can do, and what it finds on this machine. Passed as JSON. */
export interface Here {
  /** The host's name as its messages have it. */
  readonly host: string;
  /** `all`: servers, Unix sockets and names; `connect`: connections only. */
  readonly sockets: "all" | "connect" | "none";
  readonly fetch: boolean;
  /** Whether the current task is known after a foreign `await`. */
  readonly taskStorage: boolean;
  /** The finest step of the host's clock, in milliseconds: how early a sleep may seem to end. */
  readonly clockStepMs: number;
  /** False where memory cannot be shared with workers: in pages that are not isolated from other origins. */
  readonly sharesMemory?: boolean;
  /** False where workers cannot be started: in those of Firefox. */
  readonly startsWorkers?: boolean;
  /** Of a server on 127.0.0.1 that sends back what it gets. */
  readonly echoPort: number;
  /** Certificates of an authority of the tests' own, where they could be made. */
  readonly certificates: Certificates | null;
  /** The echo's port under TLS, with the server's certificate; 0 where there is none. */
  readonly tlsPort: number;
  /** Of a web server that answers with "hello", and lets any page read it. */
  readonly url: string;
  /** WASI programs as base64; null where they could not be compiled. */
  readonly programs: Readonly<Record<string, string>> | null;
  /** Of another one like it, which is another origin. */
  readonly otherUrl: string;
}

export type Body = (here: Here) => unknown;

/** Whether a host can do what a case is about. */
export type Needs = (here: Here) => boolean;

/** It has servers, and with them Unix sockets, names and processes. */
export const listens: Needs = ({ sockets }) => sockets === "all";
/** The same, and certificates could be made. */
export const listensWithTls: Needs = (here) => listens(here) && here.certificates !== null;
/** It has servers to send requests to. */
export const listensAndFetches: Needs = (here) => listens(here) && here.fetch;

export interface Case {
  readonly name: string;
  readonly body: Body;
  readonly needs: Needs;
}

/** What came of one case: nothing, or why it failed. */
export type Outcome = { readonly name: string; readonly error: string | null; readonly tookMs: number };

/** A case only for hosts that can do what it needs. */
export function needing(needs: Needs, body: Body): Omit<Case, "name"> {
  return { body, needs };
}

/** Cases of one kind, each named by what holds. */
export function casesOf(kind: string, bodies: Readonly<Record<string, Body | Omit<Case, "name">>>): Case[] {
  return Object.entries(bodies).map(([what, given]) => {
    const { body, needs } = typeof given === "function" ? needing(() => true, given) : given;
    return { name: `${kind}: ${what}`, body, needs };
  });
}

/** A case that has not ended by then never will. */
const CASE_MS_MAX = 20_000;

/** Runs the cases that this host can do, one after the other. */
export async function runCases(cases: readonly Case[], here: Here): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, body } of cases.filter(({ needs }) => needs(here))) {
    const startMs = performance.now();
    let error: string | null = null;
    // biome-ignore lint/suspicious/noConsole: what was printed last is in the error of a host that does not answer.
    console.debug(name);
    try {
      await inTime(body(here));
    } catch (thrown) {
      error = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
    }
    outcomes.push({ name, error, tookMs: performance.now() - startMs });
  }
  return outcomes;
}

async function inTime(ending: unknown): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${CASE_MS_MAX} ms`)), CASE_MS_MAX);
  });
  try {
    await Promise.race([ending, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the whole suite answers. */
export interface SuiteReport {
  readonly outcomes: readonly Outcome[];
  /** The traces of the programs, each as JSON text. */
  readonly traces: readonly string[];
}
