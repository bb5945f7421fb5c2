/**
 * Owns the interface through which a transport reports to the program. Knows nothing of how a transport works.
 */
import type { SocketTransport } from "./transport.ts";

/**
 * What a transport calls, always in a turn of the loop: `connectionMade` first, then `dataReceived` any number of times,
 * `eofReceived` once at most, `connectionLost` last. asyncio: `Protocol`.
 */
export interface Protocol {
  /** The connection has been made. */
  connectionMade?(transport: SocketTransport): void;
  /** Bytes have arrived. They belong to the protocol. */
  dataReceived(bytes: Uint8Array): void;
  /** The other side will send nothing more. True keeps this direction open, otherwise the transport closes. */
  eofReceived(): boolean;
  /** It is over: because of a failure, or properly if there is none. */
  connectionLost(error: Error | undefined): void;
  /** More than the high-water mark is waiting to be sent: stop writing for now. */
  pauseWriting(): void;
  /** What is waiting to be sent is down to the low-water mark: write again. */
  resumeWriting(): void;
}

/** What a protocol has to have. @internal */
export const PROTOCOL_METHODS: readonly string[] = [
  "dataReceived",
  "eofReceived",
  "connectionLost",
  "pauseWriting",
  "resumeWriting",
];
