/**
 * Owns starting TLS on an existing connection: STARTTLS, as in the protocols of mail and databases.
 */
import { checkBoolean, checkInstance, readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { NotSupportedError } from "../core/errors.ts";
import { getRunningLoop } from "../core/running.ts";
import { type BufferedProtocol, checkProtocol, type Protocol } from "./protocol.ts";
import {
  clientTls,
  preparedTls,
  serverTls,
  TLS_TIMES,
  type TlsOptions,
  type TlsPlan,
  type TlsServerOptions,
  type TlsTimes,
  tlsStart,
} from "./tls-options.ts";
import { SocketTransport } from "./transport.ts";

/** How TLS is started on a connection. */
export interface StartTlsOptions extends TlsTimes {
  /** Whether this side is the server; by default false. */
  readonly serverSide?: boolean | undefined;
  /** For clients: the name that the certificate has to be for, '' for any. */
  readonly serverHostname?: string | undefined;
}

const CALLER = "startTls";

/**
 * Secures a connection that is open in both directions; nothing may be written meanwhile. If it fails or is cancelled, the
 * connection is closed. asyncio: `loop.start_tls`.
 *
 * @param transport - the connection.
 * @param protocol - receives its events from now on.
 * @param ssl - true for the host's defaults, or the options; a server needs a certificate and its key.
 * @param options - which side this is; a client names the host that the certificate has to be for.
 * @returns the same transport, under TLS.
 * @throws NetworkError when the handshake fails; LoopError ERR_TLS_STARTED if the connection already uses TLS,
 * ERR_INVALID_STATE if it has ended; NotSupportedError where the host cannot do it; ArgumentError ERR_ARGUMENT_TYPE or
 * ERR_ARGUMENT_VALUE.
 *
 * @example
 * ```ts
 * yield* startTls(transport, transport.getProtocol(), true, { serverHostname: "mail.example.org" });
 * ```
 */
export function startTls(
  transport: SocketTransport,
  protocol: Protocol | BufferedProtocol,
  ssl: boolean | TlsOptions,
  options?: StartTlsOptions,
): Operation<SocketTransport> {
  checkInstance(CALLER, "a transport", transport, SocketTransport);
  checkProtocol(CALLER, protocol);
  return starting(transport, protocol, startPlan(CALLER, ssl, options), () => undefined);
}

/** @internal */
export function startPlan(
  caller: string,
  ssl: boolean | TlsOptions,
  options: StartTlsOptions | undefined,
): TlsPlan {
  const names = ["serverSide", "serverHostname", ...TLS_TIMES] as const;
  const given = Object.assign(readOptions(caller, options, names), { ssl });
  const { serverSide = false, serverHostname } = given;
  const needs = "'ssl' as options, or true";
  if (checkBoolean(caller, "serverSide", serverSide)) {
    if (typeof ssl === "boolean") throw wrongArgument(caller, "'ssl' as options with cert and key", ssl);
    if (serverHostname !== undefined)
      throw wrongArgument(caller, "no serverHostname for a server", serverHostname, "ERR_ARGUMENT_VALUE");
    return serverTls(caller, given as TlsServerOptions) ?? missing(caller, needs, ssl);
  }
  if (ssl === false || ssl === undefined) missing(caller, needs, ssl);
  const plan = clientTls(caller, given) ?? missing(caller, needs, ssl);
  if (plan.serverName === undefined && plan.settings.verify === "required" && plan.settings.checkHostname)
    throw wrongArgument(caller, "serverHostname, or '' for any", undefined, "ERR_ARGUMENT_VALUE");
  return plan;
}

function missing(caller: string, needs: string, ssl: unknown): never {
  throw wrongArgument(caller, needs, ssl);
}

/** @internal */
export const starting = coroutine(function* startTls(
  transport: SocketTransport,
  protocol: Protocol | BufferedProtocol,
  plan: TlsPlan,
  takeUnread: () => Uint8Array | undefined,
) {
  const loop = getRunningLoop();
  transport.mustBePlain();
  const context = preparedTls(loop, CALLER, plan);
  if (transport.socket.startTls === undefined)
    throw new NotSupportedError(
      loop.scheduler.host.name,
      `${CALLER} needs TLS on an existing connection`,
      "give ssl to openConnection",
    );
  transport.setProtocol(protocol);
  // What was read ahead belongs to TLS: as plain text, anybody on the way could have put it there.
  const start = tlsStart(context, plan, "", takeUnread());
  yield* transport.secure(start, plan.handshakeMs, plan.shutdownMs);
  return transport;
});
