/**
 * Owns the errors of connections and streams. Knows the names that systems give to failures, but no host.
 */
import type { CodedError } from "../core/errors.ts";
import type { HostFailure } from "../host/network.ts";

/** The failures that programs most often distinguish. A host may have others of its own. */
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
  | "EPROTO"
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

/** Where only one host can fail in some way, its binding says what to do. */
const ADVICE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server needs a new certificate; check both clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  EACCES:
    "the program may not use that address or path; give it permission, or choose another, such as a port above 1023",
  EAI_AGAIN: "the resolver did not answer; try again later",
  ECONNABORTED: "the connection was aborted; connect again",
  ECONNREFUSED: "nothing is listening there; start the server, or check the host and port",
  ECONNRESET: "the other side closed the connection; connect again",
  EHOSTUNREACH: "there is no route to the host; check the address and the network",
  EMFILE: "the program has too many files and connections open; close some, or raise its limit (ulimit -n)",
  ENETUNREACH: "there is no route to the network; check the address and the network",
  ENFILE: "the system has too many files open; stop what holds them open, or raise its limit",
  ENOENT: "the path does not exist; start the server, or check the path",
  ENOTDIR: "part of the path is not a directory; check the path",
  ENOTFOUND: "the host is unknown, or has no address of that family; check its name",
  EPIPE: "the other side no longer reads; connect again",
  ERR_SSL_WRONG_VERSION_NUMBER:
    "the other side does not speak TLS there; check the port, or connect without ssl",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "connect by a name that the certificate is for, or give that as serverHostname",
  ETIMEDOUT: "the other side did not answer in time; try again later",
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
  /** The system's name for the reason, such as ECONNREFUSED; EUNKNOWN where the host does not say. */
  readonly code: NetworkErrorCode;

  /** @internal */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error for a failure that the host reported while doing `what`. @internal */
export function networkError(what: string, failure: HostFailure): NetworkError {
  const advice = adviceFor(failure.code);
  const reason = failure.reason === "" ? failure.code : failure.reason;
  const words = withoutLogins(`${what}: ${reason}`);
  return new NetworkError(failure.code, `${words}${advice === "" ? "" : `; ${advice}`}`);
}

/** Without the user names and passwords of URLs, which may stand where a host's name should, and which some hosts repeat. @internal */
function withoutLogins(text: string): string {
  return text.replace(/:\/\/[^\s/]*@/g, "://");
}

/** What to do about a failure of this name, or nothing. @internal */
export function adviceFor(code: string): string {
  return Object.hasOwn(ADVICE, code) ? (ADVICE[code] as string) : "";
}

/**
 * The stream ended before everything that was asked for had arrived. asyncio: `IncompleteReadError`.
 */
export class IncompleteReadError extends Error implements CodedError {
  override readonly name = "IncompleteReadError";
  readonly code = "ERR_INCOMPLETE_READ";
  /** What came before the end. */
  readonly partial: Uint8Array;
  /** How many bytes were asked for; null if it was a separator. */
  readonly expected: number | null;

  /** @internal */
  constructor(partial: Uint8Array, expected: number | null) {
    const end =
      expected === null
        ? `${partial.length} bytes, without a separator`
        : `${partial.length} of ${expected} bytes`;
    super(`the stream ended after ${end}; the bytes that were read are in 'partial'`);
    this.partial = partial;
    this.expected = expected;
  }
}

/**
 * More than the reader's limit came before the separator. All of it is still in the reader.
 * asyncio: `LimitOverrunError`.
 */
export class LimitOverrunError extends Error implements CodedError {
  override readonly name = "LimitOverrunError";
  readonly code = "ERR_LIMIT_OVERRUN";
  /** How many bytes can be read without touching what may be the separator. */
  readonly consumed: number;

  /** @internal */
  constructor(message: string, consumed: number) {
    super(`${message}; read the ${consumed} bytes with readexactly, or open the stream with a higher limit`);
    this.consumed = consumed;
  }
}
