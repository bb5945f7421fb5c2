/**
 * Owns how a user describes a process to start, and the checks of that. Knows no host.
 */
import { checkBoolean, checkString, readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError } from "../core/errors.ts";
import type { HostCommand, HostStdio } from "../host/processes.ts";
import { checkLimit, LIMIT_BYTES } from "../io/endpoint.ts";

/** A pipe to this program: for stdin, stdout and stderr. asyncio: `asyncio.subprocess.PIPE`. */
export const PIPE = -1;
/** For stderr: where stdout goes. asyncio: `asyncio.subprocess.STDOUT`. */
export const STDOUT = -2;
/** Nothing to read, and what is written is discarded. asyncio: `asyncio.subprocess.DEVNULL`. */
export const DEVNULL = -3;

/** An open file: its descriptor, or an object that has one, such as a FileHandle. */
export type OpenFile = number | { readonly fd: number };

/** Where a stream comes from or goes to: PIPE, DEVNULL, an open file; by default, and if null, this program's own. */
export type Stdio = typeof PIPE | typeof DEVNULL | OpenFile | null | undefined;

/** How a process is started. */
export interface SubprocessOptions {
  /** Its input: PIPE, DEVNULL or an open file; by default this program's own. */
  readonly stdin?: Stdio;
  /** Its output, likewise. */
  readonly stdout?: Stdio;
  /** Its other output, likewise; STDOUT for where its output goes. */
  readonly stderr?: Stdio | typeof STDOUT;
  /** The directory it starts in; by default this program's own. */
  readonly cwd?: string | undefined;
  /** Its whole environment; by default this program's own. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whether it gets its own session, and goes on when the loop is closed. asyncio: `start_new_session`. */
  readonly detached?: boolean | undefined;
}

/** How a process with streams is started. */
export interface ProcessOptions extends SubprocessOptions {
  /** The limit of the readers, in bytes: their longest line, and half of what they hold. By default 64 KiB. */
  readonly limit?: number | undefined;
}

const SUBPROCESS_OPTIONS = ["stdin", "stdout", "stderr", "cwd", "env", "detached"] as const;
const PROCESS_OPTIONS = [...SUBPROCESS_OPTIONS, "limit"] as const;

/** Checked options. */
export type Checked = Pick<HostCommand, "cwd" | "env" | "detached" | "stdio"> & { readonly limit: number };

/** @throws ArgumentError. */
export function checkOptions(caller: string, options: ProcessOptions | undefined): Checked {
  const given = readOptions(caller, options, PROCESS_OPTIONS);
  const { cwd, env, detached = false, limit = LIMIT_BYTES } = given;
  return {
    stdio: [
      stdioOf(caller, "stdin", given.stdin),
      stdioOf(caller, "stdout", given.stdout),
      given.stderr === STDOUT ? "merge" : stdioOf(caller, "stderr", given.stderr),
    ],
    cwd: cwd === undefined ? undefined : checkText(caller, "cwd, a folder,", cwd),
    env: env === undefined ? undefined : checkEnvironment(caller, env),
    detached: checkBoolean(caller, "detached", detached),
    limit: checkLimit(caller, limit),
  };
}

/** Program, arguments and options, as they are in a call: the options, if there are any, at the end. */
export function splitArguments(
  caller: string,
  given: readonly unknown[],
): { readonly args: readonly string[]; readonly options: ProcessOptions | undefined } {
  const last = given.at(-1);
  const hasOptions = given.length > 0 && typeof last !== "string";
  const args = hasOptions ? given.slice(0, -1) : given;
  for (const each of args) checkText(caller, "each of the program's arguments", each);
  return { args: args as string[], options: hasOptions ? (last as ProcessOptions | undefined) : undefined };
}

/** What the system accepts as a string: one without a NUL. Many hold secrets, so that none is shown. @throws ArgumentError. */
export function checkText(caller: string, what: string, text: unknown): string {
  const checked = checkString(caller, what, text);
  if (checked.includes("\0"))
    throw new ArgumentError("ERR_ARGUMENT_VALUE", `${caller} needs ${what} without a NUL`);
  return checked;
}

export function checkProgram(caller: string, program: unknown): string {
  const checked = checkText(caller, "a program", program);
  if (checked === "") throw wrongArgument(caller, "a program's name", program, "ERR_ARGUMENT_VALUE");
  return checked;
}

const STREAMS = { stdin: "stdin", stdout: "stdout", stderr: "stderr" } as const;

function stdioOf(caller: string, stream: keyof typeof STREAMS, stdio: unknown): HostStdio {
  if (stdio === undefined || stdio === null) return "inherit";
  if (stdio === PIPE) return "pipe";
  if (stdio === DEVNULL) return "ignore";
  const fd = typeof stdio === "object" ? (stdio as { fd?: unknown }).fd : stdio;
  if (typeof fd === "number" && Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31) return fd;
  const code = typeof fd === "number" ? "ERR_ARGUMENT_VALUE" : "ERR_ARGUMENT_TYPE";
  throw wrongArgument(caller, `${stream} as PIPE, DEVNULL, an open file or null`, stdio, code);
}

/** A value that is undefined is omitted, as in `{ ...env, DEBUG: undefined }`. */
export function checkEnvironment(caller: string, env: unknown): Readonly<Record<string, string>> {
  if (typeof env !== "object" || env === null || Array.isArray(env))
    throw wrongArgument(caller, "env as an object of strings", env);
  const checked: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (name === "" || name.includes("="))
      throw new ArgumentError("ERR_ARGUMENT_VALUE", `${caller} needs variable names without '='`);
    checked[checkText(caller, "variable names", name)] = checkText(caller, `env.${name}`, value);
  }
  return checked;
}
