/**
 * Owns the binding of TLS to `node:tls`, on Node and on the runtimes that offer the same module: certificates, keys and what is
 * wrong with them, and the handshake on either side. Knows nothing of what goes through afterwards.
 */
import type { Socket } from "node:net";
import type { ConnectionOptions, SecureContext, Server, TLSSocket, TlsOptions } from "node:tls";
import type { HostFailure, HostTls, HostTlsContext, HostTlsInfo, HostTlsSettings } from "./network.ts";
import { builtin } from "./node-builtin.ts";
import type { DirectEvents, DirectStream } from "./node-direct.ts";
import { failureOf } from "./node-names.ts";
import { onServerName } from "./node-server-name.ts";

export type Secured = TLSSocket;

/** Who is told of a handshake: that it has begun where that is known, and then one of the others. */
export interface HandshakeEvents {
  begun(secured: Secured): void;
  secured(info: HostTlsInfo): void;
  failed(failure: HostFailure): void;
}

/** Certificates and keys, ready for use. */
export interface NodeTlsContext {
  secure(plain: Socket, serverName: string, events: HandshakeEvents): void;
  /** The way past the streams that reading takes, where there is need of one. */
  reading?(secured: Secured, plain: Socket, events: DirectEvents): DirectStream;
}

/** Longer than any handshake is given, which is not Node's to decide. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

function infoOf(secured: Secured, serverName: string | undefined): HostTlsInfo {
  const { name, version } = secured.getCipher() ?? {};
  const peercert = secured.getPeerCertificate();
  return {
    cipher: name === undefined ? undefined : [name, version ?? secured.getProtocol() ?? "", null],
    peercert: hasCertificate(peercert) ? peercert : undefined,
    alpnProtocol: secured.alpnProtocol || undefined,
    serverName,
  };
}

function hasCertificate(peercert: object | null | undefined): boolean {
  return peercert !== null && peercert !== undefined && Object.keys(peercert).length > 0;
}

class ClientContext implements NodeTlsContext {
  readonly #options: ConnectionOptions;

  constructor(settings: HostTlsSettings, secureContext: SecureContext) {
    const { alpnProtocols, verify, checkHostname } = settings;
    this.#options = { secureContext, rejectUnauthorized: verify !== "none" };
    if (alpnProtocols !== undefined) this.#options.ALPNProtocols = [...alpnProtocols];
    if (!checkHostname) this.#options.checkServerIdentity = () => undefined;
  }

  secure(plain: Socket, serverName: string, events: HandshakeEvents): void {
    const options: ConnectionOptions = { ...this.#options, socket: plain };
    // An address is no name to ask for, but what the certificate may be for all the same.
    if (serverName === "") options.checkServerIdentity = () => undefined;
    else if (builtin("node:net").isIP(serverName) === 0) options.servername = serverName;
    else options.host = serverName;
    const secured = builtin("node:tls").connect(options);
    events.begun(secured);
    secured.once("secureConnect", () => events.secured(infoOf(secured, undefined)));
  }
}

type Choose = (serverName: string) => ServerContext;

/** One server for all connections, that listens on nothing and is handed each; and one more for each of `sni`. */
class ServerContext implements NodeTlsContext {
  readonly #server: Server;
  readonly #sni: HostTlsSettings["sni"];
  /** With what has led here, if it depends on the name. */
  readonly #handshakes = new WeakMap<
    Socket,
    readonly [events: HandshakeEvents, choose: Choose | undefined]
  >();
  readonly #mayLackCertificate: boolean;

  constructor(settings: HostTlsSettings) {
    const { alpnProtocols, verify, sni } = settings;
    this.#sni = sni;
    this.#mayLackCertificate = verify === "optional";
    const options: TlsOptions = {
      ...optionsOf(settings),
      requestCert: verify !== "none",
      rejectUnauthorized: verify === "required",
      handshakeTimeout: NO_TIMEOUT_MS,
    };
    if (alpnProtocols !== undefined) options.ALPNProtocols = [...alpnProtocols];
    const server = builtin("node:tls").createServer(options);
    server.on("secureConnection", (secured) => this.#secured(secured));
    server.on("tlsClientError", (error, secured) =>
      this.#handshakes.get(plainOf(secured))?.[0].failed(failureOf(error)),
    );
    this.#server = server;
  }

  secure(plain: Socket, _serverName: string, events: HandshakeEvents): void {
    const sni = this.#sni;
    if (sni === undefined) {
      this.#begin(plain, events, undefined);
      return;
    }
    const choose = (name: string) => (sni(name) as ServerContext | undefined) ?? this;
    onServerName(plain, (name) => choose(name).#begin(plain, events, choose));
  }

  #begin(plain: Socket, events: HandshakeEvents, choose: Choose | undefined): void {
    this.#handshakes.set(plain, [events, choose]);
    // A client that ends in the midst of a handshake is not waited for; afterwards each direction ends on its own.
    plain.allowHalfOpen = false;
    this.#server.emit("connection", plain);
  }

  #secured(secured: Secured): void {
    const handshake = this.#handshakes.get(plainOf(secured));
    if (handshake === undefined) {
      secured.destroy();
      return;
    }
    const [events, choose] = handshake;
    secured.allowHalfOpen = true;
    events.begun(secured);
    if (this.#mayLackCertificate && !secured.authorized && hasCertificate(secured.getPeerCertificate())) {
      const error = secured.authorizationError as Error | string | undefined;
      events.failed({ code: codeOf(error) ?? "UNABLE_TO_VERIFY_LEAF_SIGNATURE", reason: String(error) });
      return;
    }
    const { servername } = secured as { servername?: string | false };
    // A client that TLS understands otherwise has not met what is required of that name's.
    if (choose !== undefined && choose(servername || "") !== this)
      events.failed({ code: "ERR_TLS_SNI", reason: "the client has asked for several names" });
    else events.secured(infoOf(secured, servername || undefined));
  }
}

/** Node, Deno and Bun keep the socket that one was made of under the same name. */
function plainOf(secured: Secured): Socket {
  return (secured as unknown as { readonly _parent: Socket })._parent;
}

function optionsOf({ ca, cert, key, passphrase, minVersion, maxVersion, ciphers }: HostTlsSettings) {
  // Fields that are not there would be looked for on Object.prototype.
  const options: TlsOptions = Object.create(null);
  if (ca !== undefined) options.ca = ca as (string | Buffer)[];
  if (cert !== undefined) options.cert = cert as string | Buffer;
  if (key !== undefined) options.key = key as string | Buffer;
  if (passphrase !== undefined) options.passphrase = passphrase;
  if (minVersion !== undefined) options.minVersion = minVersion;
  if (maxVersion !== undefined) options.maxVersion = maxVersion;
  if (ciphers !== undefined) options.ciphers = ciphers;
  return options;
}

/** What to do about what `prepare` finds wrong. */
const ADVICE = {
  ERR_TLS_CA: "give certificates as PEM",
  ERR_TLS_CERT: "give the certificate as PEM, followed by the intermediate ones",
  ERR_TLS_KEY: "give the key as PEM, and its passphrase if it has one",
  ERR_TLS_KEY_MISMATCH: "give the key that belongs to the certificate",
} as const;

// ── What is wrong ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Asked in the same way everywhere: Node takes authorities that are none, and Deno keys that fit no certificate. */
function wrongWith({ ca = [], cert, key, passphrase }: HostTlsSettings): HostFailure | undefined {
  const { X509Certificate, createPrivateKey } = builtin("node:crypto");
  const read = (pem: string | Uint8Array) => new X509Certificate(pem as string | Buffer);
  for (const each of ca) {
    const wrong = failing("ERR_TLS_CA", () => certificatesIn(each).forEach(read));
    if (wrong !== undefined) return wrong;
  }
  if (cert === undefined || key === undefined) return undefined;
  return (
    failing("ERR_TLS_CERT", () => certificatesIn(cert).forEach(read)) ??
    failing("ERR_TLS_KEY", () => createPrivateKey(keyInput(key, passphrase))) ??
    failing("ERR_TLS_KEY_MISMATCH", () => {
      if (
        !read(certificatesIn(cert)[0] as string).checkPrivateKey(createPrivateKey(keyInput(key, passphrase)))
      )
        throw new Error("the key is not that of the certificate");
    })
  );
}

function keyInput(key: string | Uint8Array, passphrase: string | undefined) {
  const input = { key: key as string | Buffer, format: "pem" as const };
  return passphrase === undefined ? input : { ...input, passphrase };
}

function certificatesIn(pem: string | Uint8Array): string[] {
  const text = typeof pem === "string" ? pem : new TextDecoder().decode(pem);
  const found = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END [^-]+-----/g);
  if (found === null) throw new Error("there is no certificate in it");
  return found;
}

function failing(code: keyof typeof ADVICE, check: () => unknown): HostFailure | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return { code, reason: `${(error as Error).message}; ${ADVICE[code]}` };
  }
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}

export const nodeTls: HostTls = {
  configurable: true,
  serves: true,

  prepare(settings: HostTlsSettings): HostTlsContext | HostFailure {
    const wrong = wrongWith(settings);
    if (wrong !== undefined) return wrong;
    try {
      const secureContext = builtin("node:tls").createSecureContext(optionsOf(settings));
      return settings.server ? new ServerContext(settings) : new ClientContext(settings, secureContext);
    } catch (error) {
      return { code: "ERR_TLS_CONTEXT", reason: (error as Error).message };
    }
  },
};
