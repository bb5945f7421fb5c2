/**
 * Owns the errors of processes. Knows the names that systems give to failures, and no host.
 */
import type { CodedError } from "../core/errors.ts";
import type { HostFailure } from "../host/network.ts";

/** The failures that programs most often distinguish. A host may have others of its own. */
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
  E2BIG: "the arguments and environment are longer than the system allows; pass them through a file or stdin",
  EACCES: "give permission to run it (chmod +x), or choose another",
  EAGAIN: "there are too many processes; wait for some to end, or raise the limit (ulimit -u)",
  EMFILE: "the program has too many files and connections open; close some, or raise its limit (ulimit -n)",
  ENFILE: "the system has too many files open; close some",
  ENOENT: "check the name and PATH, or give the full path",
  ENOMEM: "the system is out of memory; end other processes",
  ENOTDIR: "give a directory",
  ENOTSUP: "keep stderr separate, or run it elsewhere",
  EPERM: "the process belongs to another user; run with permission to signal it",
  ESRCH: "check its returncode first",
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
  /** The system's name for the reason, such as ENOENT; EUNKNOWN where the host does not say. */
  readonly code: ProcessErrorCode;

  /** @internal */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The error for a failure that the host reported while doing `what`. @internal */
export function processError(what: string, { code, reason }: HostFailure): ProcessError {
  // Advice from the host itself is better.
  const advice = Object.hasOwn(ADVICE, code) && !reason.includes("; ") ? `; ${ADVICE[code]}` : "";
  return new ProcessError(code, `${what}: ${reason || code}${advice}`);
}
