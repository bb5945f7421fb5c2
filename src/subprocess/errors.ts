/**
 * Owns the errors of processes. Knows the names that systems give to failures, and no host.
 */
import type { CodedError } from "../core/errors.ts";
import type { HostFailure } from "../host/network.ts";

/** The failures that programs most often tell apart. A host may give other names of its own. */
export type ProcessErrorCode =
  | "E2BIG"
  | "EACCES"
  | "EAGAIN"
  | "EINVAL"
  | "EMFILE"
  | "ENFILE"
  | "ENOENT"
  | "ENOMEM"
  | "ENOTDIR"
  | "EPERM"
  | "ESRCH"
  | "EUNKNOWN"
  | (string & {});

const ADVICE: Readonly<Record<string, string>> = {
  E2BIG: "arguments and environment are longer than the system takes; hand them in through a file or stdin",
  EACCES: "give leave to run it (chmod +x), or choose another",
  EAGAIN: "there are as many processes as there may be; wait for some to end, or raise the limit (ulimit -u)",
  EMFILE:
    "the program has as many files and connections open as it may; close some, or raise its limit (ulimit -n)",
  ENFILE: "the system has as many files open as it may; close some",
  ENOENT: "check the name and PATH, or give the whole path",
  ENOMEM: "the system has no memory left for it; end other processes",
  ENOTDIR: "give a folder",
  ENOTSUP: "leave stderr apart, or run it elsewhere",
  EPERM: "the process belongs to another user; run it with the rights for it",
  ESRCH: "look at its returncode before",
};

/**
 * A process could not be started, or a signal could not be sent. `code` is the system's name for the reason.
 * asyncio: `OSError` and its kinds: FileNotFoundError, PermissionError, `ProcessLookupError`.
 *
 * @example
 * ```ts
 * try {
 *   process.kill();
 * } catch (error) {
 *   if (!(error instanceof ProcessError && error.code === "ESRCH")) throw error;
 * }
 * ```
 */
export class ProcessError extends Error implements CodedError {
  override readonly name = "ProcessError";
  /** The system's name for the reason, such as ENOENT; EUNKNOWN where the host does not tell. */
  readonly code: ProcessErrorCode;

  /** @internal */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The error for a failure that the host has told, while doing `what`. @internal */
export function processError(what: string, { code, reason }: HostFailure): ProcessError {
  // What a host says to do itself is the better advice.
  const advice = Object.hasOwn(ADVICE, code) && !reason.includes("; ") ? `; ${ADVICE[code]}` : "";
  return new ProcessError(code, `${what}: ${reason || code}${advice}`);
}
