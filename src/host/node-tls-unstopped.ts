/**
 * Owns how connections under TLS are read where a TLSSocket that was told once to stop reading may never tell of its end, as on
 * Deno. So it is never told to: beyond the limit it is the connection beneath it that stops.
 */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { HostTls, HostTlsSettings } from "./network.ts";
import { type DirectEvents, DirectStream } from "./node-direct.ts";
import { type NodeTlsContext, nodeTls, type Secured } from "./node-tls.ts";

/** As much of a socket's handle as is used. */
interface Handle {
  readStart(): void;
  readStop(): void;
}

class UnstoppedStream extends DirectStream {
  readonly #plain: Socket;
  #isStopped = false;

  constructor(secured: Secured, plain: Socket, events: DirectEvents) {
    super(secured, events);
    this.#plain = plain;
    const early = secured.read() as Buffer | null;
    if (early !== null) this.receive(early);
  }

  override receive(chunk: Buffer | null): boolean {
    if (!super.receive(chunk) && chunk !== null) {
      this.#isStopped = true;
      this.#handle?.readStop();
    }
    return true;
  }

  override take(): Buffer | null {
    const whole = super.take();
    if (this.#isStopped) {
      this.#isStopped = false;
      this.#handle?.readStart();
    }
    return whole;
  }

  /** None any more once it is closed. */
  get #handle(): Handle | null {
    return (this.#plain as unknown as { readonly _handle: Handle | null })._handle;
  }
}

export const unstoppedTls: HostTls = {
  ...nodeTls,

  prepare(settings: HostTlsSettings) {
    const context = nodeTls.prepare(settings);
    if ("code" in context) return context;
    const reading: NodeTlsContext["reading"] = (secured, plain, events) =>
      new UnstoppedStream(secured, plain, events);
    return Object.assign(context, { reading });
  },
};
