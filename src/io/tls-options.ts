/**
 * Owns what users say about TLS: certificates and what is required of the other side, together with asyncio's arguments for
 * connections and servers. Knows the host's TLS by its interface.
 */
import { checkBoolean, checkMsAboveZero, checkString, readOptions, wrongArgument } from "../core/checks.ts";
import { ArgumentError, NotSupportedError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import type { HostTls, HostTlsContext, HostTlsSettings, HostTlsStart } from "../host/network.ts";
import { networkOf } from "./endpoint.ts";
import { networkError } from "./errors.ts";

/** How long a handshake may take by default, in milliseconds. asyncio: SSL_HANDSHAKE_TIMEOUT. */
const HANDSHAKE_MS = 60_000;
/** How long closing may take by default, in milliseconds. asyncio: SSL_SHUTDOWN_TIMEOUT. */
const SHUTDOWN_MS = 30_000;

/** A certificate or key as PEM, or several certificates one after the other. */
export type Pem = string | Uint8Array;

/**
 * How connections are secured: as a client, or as a server, which needs `cert` and `key`. Python: `ssl.SSLContext`.
 *
 * @example
 * ```ts
 * const server = yield* startServer(handle, { port: 8443, ssl: { cert, key, alpnProtocols: ["http/1.1"] } });
 * const [reader, writer] = yield* openConnection("localhost", 8443, { ssl: { ca } });
 * ```
 */
export interface TlsOptions {
  /** The authorities to trust, as PEM, instead of those that the host trusts. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** This side's certificate as PEM, followed by the intermediate ones. */
  readonly cert?: Pem | undefined;
  /** The key of `cert` as PEM. */
  readonly key?: Pem | undefined;
  /** The passphrase of the key, if it is encrypted. */
  readonly passphrase?: string | undefined;
  /** The protocols to choose from, the preferred one first; `getExtraInfo("alpnProtocol")` is the one that was chosen. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /**
   * What is required of the other side's certificate: "required", that there is a valid one; "optional", that it is valid if
   * there is one; "none", nothing. By default clients require one and servers do not ask for one.
   */
  readonly verifyMode?: "none" | "optional" | "required" | undefined;
  /** Whether the certificate has to be for the server's name; by default true. */
  readonly checkHostname?: boolean | undefined;
  /** The lowest version to accept; by default TLSv1.2. */
  readonly minimumVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** The highest version to accept. */
  readonly maximumVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** The ciphers to use, in OpenSSL's notation. */
  readonly ciphers?: string | undefined;
  /**
   * For servers: the certificates for other names that a client may ask for, such as "example.org" or "*.example.org". The other
   * options of each are those beside `sni`, unless it has its own.
   */
  readonly sni?: Readonly<Record<string, Omit<TlsOptions, "sni">>> | undefined;
}

/** asyncio's arguments about TLS that connections and servers have in common. */
export interface TlsTimes {
  /** How long the handshake may take, in milliseconds; by default one minute. */
  readonly sslHandshakeTimeout?: number | undefined;
  /** How long closing may take until everything has been sent, in milliseconds; by default half a minute. */
  readonly sslShutdownTimeout?: number | undefined;
}

/** The same for clients. */
export interface TlsClientOptions extends TlsTimes {
  /** True for the host's defaults, or the options. */
  readonly ssl?: boolean | TlsOptions | undefined;
  /** The name that the certificate has to be for; by default the host that is connected to; '' for any. */
  readonly serverHostname?: string | undefined;
}

/** The same for servers. */
export interface TlsServerOptions extends TlsTimes {
  /** How connections are secured, with a certificate and its key; by default they are not. */
  readonly ssl?: TlsOptions | undefined;
}

export const TLS_TIMES = ["sslHandshakeTimeout", "sslShutdownTimeout"] as const;
export const TLS_CLIENT_OPTIONS = ["ssl", "serverHostname", ...TLS_TIMES] as const;
export const TLS_SERVER_OPTIONS = ["ssl", ...TLS_TIMES] as const;

const TLS_OPTIONS = [
  "ca",
  "cert",
  "key",
  "passphrase",
  "alpnProtocols",
  "verifyMode",
  "checkHostname",
  "minimumVersion",
  "maximumVersion",
  "ciphers",
  "sni",
] as const;

/** What an entry of `sni` does not share with the others. */
const IDENTITY = /^(cert|key|pass)/;

/** What is to be done about TLS, checked. */
export interface TlsPlan {
  readonly settings: Omit<HostTlsSettings, "sni">;
  readonly sni: ReadonlyMap<string, Omit<HostTlsSettings, "sni">>;
  /** Whether it is nothing more than what the host does by default. */
  readonly isPlain: boolean;
  /** Undefined for the host's name. */
  readonly serverName: string | undefined;
  readonly handshakeMs: number;
  readonly shutdownMs: number;
}

/**
 * What a client asks for; undefined for no TLS.
 * @throws ArgumentError ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE.
 */
export function clientTls(caller: string, options: TlsClientOptions): TlsPlan | undefined {
  const { ssl = false, serverHostname } = options;
  const times = timesOf(caller, options);
  if (serverHostname !== undefined) checkString(caller, "serverHostname", serverHostname);
  if (ssl === false) return onlyWith(caller, options, ["serverHostname", ...TLS_TIMES]);
  return planOf(caller, ssl === true ? {} : ssl, false, serverHostname, times);
}

/** The same for a server. @throws as `clientTls`. */
export function serverTls(caller: string, options: TlsServerOptions): TlsPlan | undefined {
  const times = timesOf(caller, options);
  if (options.ssl === undefined) return onlyWith(caller, options, TLS_TIMES);
  return planOf(caller, options.ssl, true, undefined, times);
}

function onlyWith(caller: string, options: object, names: readonly string[]): undefined {
  for (const name of names) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined)
      throw wrongArgument(caller, `'ssl' together with '${name}'`, value, "ERR_ARGUMENT_VALUE");
  }
}

function timesOf(caller: string, options: TlsTimes): Pick<TlsPlan, "handshakeMs" | "shutdownMs"> {
  const { sslHandshakeTimeout = HANDSHAKE_MS, sslShutdownTimeout = SHUTDOWN_MS } = options;
  return {
    handshakeMs: checkMsAboveZero(caller, "sslHandshakeTimeout", sslHandshakeTimeout),
    shutdownMs: checkMsAboveZero(caller, "sslShutdownTimeout", sslShutdownTimeout),
  };
}

function planOf(
  caller: string,
  ssl: TlsOptions,
  server: boolean,
  serverName: string | undefined,
  times: Pick<TlsPlan, "handshakeMs" | "shutdownMs">,
): TlsPlan {
  if (typeof ssl !== "object" || ssl === null)
    throw wrongArgument(caller, "'ssl' as an object of options", ssl);
  const given = readOptions(caller, ssl, TLS_OPTIONS);
  const sni = new Map<string, Omit<HostTlsSettings, "sni">>();
  for (const [name, each] of Object.entries(readOptions(caller, given.sni, namesIn(given.sni)))) {
    const own: Record<string, unknown> = readOptions(caller, each as TlsOptions, TLS_OPTIONS);
    for (const option of TLS_OPTIONS) if (!IDENTITY.test(option)) own[option] ??= given[option];
    sni.set(name.toLowerCase(), settingsOf(caller, own, server));
  }
  const isPlain = Object.keys(given).length === 0;
  return { settings: settingsOf(caller, given, server), sni, isPlain, serverName, ...times };
}

function namesIn(sni: object | undefined): string[] {
  return typeof sni === "object" && sni !== null ? Object.keys(sni) : [];
}

function settingsOf(caller: string, given: TlsOptions, server: boolean): Omit<HostTlsSettings, "sni"> {
  const { ca, cert, key, passphrase, alpnProtocols, ciphers, minimumVersion, maximumVersion } = given;
  const { verifyMode = server ? "none" : "required", checkHostname = true } = given;
  if (server && (cert === undefined || key === undefined))
    throw wrongArgument(caller, "'ssl' with cert and key", undefined, "ERR_ARGUMENT_VALUE");
  if ((cert === undefined) !== (key === undefined))
    throw wrongArgument(caller, "cert and key together", undefined, "ERR_ARGUMENT_VALUE");
  if (passphrase !== undefined) checkString(caller, "passphrase", passphrase);
  if (ciphers !== undefined) checkString(caller, "ciphers", ciphers);
  return {
    server,
    ca: ca === undefined ? undefined : listOf(ca).map((each) => pemOf(caller, "ca", each)),
    cert: cert === undefined ? undefined : pemOf(caller, "cert", cert),
    key: key === undefined ? undefined : pemOf(caller, "key", key),
    passphrase,
    alpnProtocols: alpnProtocols === undefined ? undefined : protocolsOf(caller, alpnProtocols),
    verify: oneOf(caller, "verifyMode", verifyMode, ["none", "optional", "required"]),
    checkHostname: checkBoolean(caller, "checkHostname", checkHostname),
    minVersion: versionOf(caller, "minimumVersion", minimumVersion),
    maxVersion: versionOf(caller, "maximumVersion", maximumVersion),
    ciphers,
  };
}

function listOf<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? one : [one as T];
}

/** What is wrong is not shown: it may be a key. */
function pemOf(caller: string, what: string, pem: unknown): Pem {
  const text = pem instanceof Uint8Array ? new TextDecoder().decode(pem) : pem;
  if (typeof text === "string" && text.includes("-----BEGIN ")) return pem as Pem;
  if (typeof text !== "string") throw wrongArgument(caller, `${what} as PEM, a string or bytes`, pem);
  const needs = `${caller} needs ${what} as PEM, which has a line -----BEGIN`;
  throw new ArgumentError("ERR_ARGUMENT_VALUE", needs);
}

function protocolsOf(caller: string, protocols: unknown): readonly string[] {
  const isName = (name: unknown) => typeof name === "string" && name.length > 0 && name.length < 256;
  if (Array.isArray(protocols) && protocols.length > 0 && protocols.every(isName)) return protocols;
  throw wrongArgument(caller, "alpnProtocols as a list of names", protocols);
}

function versionOf(caller: string, what: string, version: "TLSv1.2" | "TLSv1.3" | undefined) {
  return version === undefined ? undefined : oneOf(caller, what, version, ["TLSv1.2", "TLSv1.3"]);
}

function oneOf<T extends string>(caller: string, what: string, value: unknown, all: readonly T[]): T {
  if (all.includes(value as T)) return value as T;
  throw wrongArgument(caller, `${what} of ${all.join(", ")}`, value, "ERR_ARGUMENT_VALUE");
}

// ── On the host ─────────────────────────────────────────────────────────────────────────────────────────────────────

const ELSEWHERE = "run it on Node, Deno or Bun";

/**
 * Prepares the host for what is planned.
 * @throws NetworkError when the host cannot use certificate, key or authorities; NotSupportedError where it has no TLS, or
 * takes no settings for it.
 */
export function preparedTls(loop: EventLoop, caller: string, plan: TlsPlan): HostTlsContext {
  const { tls } = networkOf(loop, caller, "tls");
  const { name } = loop.scheduler.host;
  const { settings } = plan;
  if (settings.server && !tls.serves)
    throw new NotSupportedError(name, `${caller} needs TLS as a server`, ELSEWHERE);
  if (!plan.isPlain && !tls.configurable) {
    const alternative = `give ssl: true for the host's own settings, or ${ELSEWHERE}`;
    throw new NotSupportedError(name, `${caller} needs TLS with settings`, alternative);
  }
  const others = new Map<string, HostTlsContext>();
  for (const [each, itsSettings] of plan.sni)
    others.set(each, contextOf(tls, caller, { ...itsSettings, sni: undefined }));
  const sni = (asked: string) => others.get(asked.toLowerCase()) ?? others.get(asked.replace(/^[^.]+/, "*"));
  return contextOf(tls, caller, { ...settings, sni: others.size === 0 ? undefined : sni });
}

function contextOf(tls: HostTls, caller: string, settings: HostTlsSettings): HostTlsContext {
  const context = tls.prepare(settings);
  if ("code" in context) throw networkError(`${caller} cannot use the options in 'ssl'`, context as never);
  return context;
}

/** How a connection to `host` is secured as planned. */
export function tlsStart(
  context: HostTlsContext,
  plan: TlsPlan,
  host: string,
  unread: Uint8Array | undefined = undefined,
): HostTlsStart {
  return { context, serverName: plan.serverName ?? host, unread };
}
