/**
 * Owns the errors of connections and streams. Knows the names that systems give to failures, and no host.
 */
import type { CodedError } from "../core/errors.ts";
import type { HostFailure } from "../host/network.ts";

/** The failures that programs most often tell apart. A host may give other names of its own. */
export type NetworkErrorCode =
  | "CERT_HAS_EXPIRED"
  | "DEPTH_ZERO_SELF_SIGNED_CERT"
  | "EACCES"
  | "EADDRINUSE"
  | "EADDRNOTAVAIL"
  | "EAI_ADDRFAMILY"
  | "EAI_AGAIN"
  | "ECONNABORTED"
  | "ECONNREFUSED"
  | "ECONNRESET"
  | "EHOSTUNREACH"
  | "EMFILE"
  | "ENAMETOOLONG"
  | "ENETUNREACH"
  | "ENFILE"
  | "ENOENT"
  | "ENOTFOUND"
  | "EPIPE"
  | "ERR_SSL_WRONG_VERSION_NUMBER"
  | "ERR_TLS_CA"
  | "ERR_TLS_CERT"
  | "ERR_TLS_CERT_ALTNAME_INVALID"
  | "ERR_TLS_CONTEXT"
  | "ERR_TLS_KEY"
  | "ERR_TLS_KEY_MISMATCH"
  | "ETIMEDOUT"
  | "EUNKNOWN"
  | "SELF_SIGNED_CERT_IN_CHAIN"
  | "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
  | (string & {});

const NOT_TRUSTED = "give its authority as `ca`, or check that it is the right server";

const ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server needs a new certificate; check both clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  EACCES: "the program may not use that address or path; give it leave, or choose others, a port above 1023",
  EADDRINUSE: "the address is taken; end who uses it, or choose another port, 0 for any that is free",
  EADDRNOTAVAIL: "this machine does not have the address; give one that it has, or '' for all",
  EAI_ADDRFAMILY: "leave the family out, or give an address of it",
  EAI_AGAIN: "the resolver did not answer; try again later",
  ECONNABORTED: "the connection was given up; connect again",
  ECONNREFUSED: "nobody listens there; start the server, or check host and port",
  ECONNRESET: "the other side has cut the connection; connect again",
  EHOSTUNREACH: "no way leads to the host; check the address and the network",
  EMFILE:
    "the program has as many files and connections open as it may; close some, or raise its limit (ulimit -n)",
  ENAMETOOLONG: "choose a shorter path, such as one in /tmp or /run",
  ENETUNREACH: "no way leads to the network; check the address and the network",
  ENFILE: "the machine has as many files open as it can; end what holds them, or raise the system's limit",
  ENOENT: "there is no such path; start the server, or check the path",
  ENOTDIR: "a part of the path is no folder; check the path",
  ENOTFOUND: "no such host is known, or none of that family; check its name",
  EPIPE: "the other side does not read any more; connect again",
  ERR_SSL_WRONG_VERSION_NUMBER:
    "the other side does not speak TLS there; check the port, or connect without ssl",
  ERR_TLS_CA: "give certificates as PEM",
  ERR_TLS_CERT: "give the certificate as PEM, those that lead to the authority's behind it",
  ERR_TLS_CERT_ALTNAME_INVALID: "connect by a name that it is for, or give that as serverHostname",
  ERR_TLS_KEY: "give the key as PEM, and its passphrase if it has one",
  ERR_TLS_KEY_MISMATCH: "give the key that belongs to the certificate",
  ETIMEDOUT: "the other side does not answer; try again later",
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
};

/**
 * A connection could not be made, or has broken. `code` is the system's name for the reason.
 * asyncio: `OSError` and its kinds, such as `ConnectionResetError`, and `socket.gaierror`.
 *
 * @example
 * ```ts
 * try {
 *   yield* openConnection("localhost", 8080);
 * } catch (error) {
 *   if (!(error instanceof NetworkError && error.code === "ECONNREFUSED")) throw error;
 * }
 * ```
 */
export class NetworkError extends Error implements CodedError {
  override readonly name = "NetworkError";
  /** The system's name for the reason, such as ECONNREFUSED; EUNKNOWN where the host does not tell. */
  readonly code: NetworkErrorCode;

  /** @internal */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error for a failure that the host has told, while doing `what`. @internal */
export function networkError(what: string, failure: HostFailure): NetworkError {
  const advice = adviceFor(failure.code);
  const reason = failure.reason === "" ? failure.code : failure.reason;
  return new NetworkError(failure.code, `${what}: ${reason}${advice === "" ? "" : `; ${advice}`}`);
}

/** What to do about a failure of this name, or nothing. @internal */
export function adviceFor(code: string): string {
  return Object.hasOwn(ADVICE, code) ? (ADVICE[code] as string) : "";
}

/**
 * The stream ended before all was there that was asked for. asyncio: `IncompleteReadError`.
 */
export class IncompleteReadError extends Error implements CodedError {
  override readonly name = "IncompleteReadError";
  readonly code = "ERR_INCOMPLETE_READ";
  /** What came before the end. */
  readonly partial: Uint8Array;
  /** How many bytes were asked for; null where a separator was. */
  readonly expected: number | null;

  /** @internal */
  constructor(partial: Uint8Array, expected: number | null) {
    const missing = expected === null ? "without the separator" : `of ${expected} expected`;
    super(`the stream ended after ${partial.length} bytes ${missing}; what came is in 'partial'`);
    this.partial = partial;
    this.expected = expected;
  }
}

/**
 * More came than the reader's limit before the separator did. All of it is still in the reader.
 * asyncio: `LimitOverrunError`.
 */
export class LimitOverrunError extends Error implements CodedError {
  override readonly name = "LimitOverrunError";
  readonly code = "ERR_LIMIT_OVERRUN";
  /** How many bytes can be read without touching what may be the separator. */
  readonly consumed: number;

  /** @internal */
  constructor(message: string, consumed: number) {
    super(`${message}; read the ${consumed} bytes by readexactly, or open the stream with a higher limit`);
    this.consumed = consumed;
  }
}
