/**
 * Owns what a transport tells the program that uses it. Knows nothing of how a transport works.
 */
import type { SocketTransport } from "./transport.ts";

/**
 * What a transport calls, always in a turn of the loop: `connectionMade` first, then `dataReceived` any number of times,
 * `eofReceived` once at most, `connectionLost` last. asyncio: `Protocol`.
 */
export interface Protocol {
  /** The connection is there. */
  connectionMade?(transport: SocketTransport): void;
  /** Bytes came. They are the protocol's. */
  dataReceived(bytes: Uint8Array): void;
  /** The other side will send nothing more. True keeps this direction open, otherwise the transport closes. */
  eofReceived(): boolean;
  /** It is over: by a failure, or properly when there is none. */
  connectionLost(error: Error | undefined): void;
  /** More is waiting to be sent than the high water mark: write no more for now. */
  pauseWriting(): void;
  /** What waits to be sent is down at the low water mark: write again. */
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
