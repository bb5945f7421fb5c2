/**
 * Owns the interface through which a transport reports to the program: the protocols, which programs extend. Knows nothing
 * of how a transport works.
 */
import { checkMethods } from "../core/checks.ts";
import { ArgumentError, LoopError } from "../core/errors.ts";
import type { SocketAddress } from "../host/network.ts";
import type { DatagramTransport } from "./datagram-transport.ts";
import type { NetworkError } from "./errors.ts";
import type { SocketTransport } from "./transport.ts";

/** What every transport calls, always in a turn of the loop. The methods do nothing until they are overridden. asyncio: `BaseProtocol`. */
export class BaseProtocol<T> {
  /** Whether neither what comes nor the end runs user code: only of the package's own. @internal */
  declare isPlain?: boolean;
  /** The connection has been made. Comes first. */
  connectionMade(_transport: T): void {}
  /** It is over: because of a failure, or properly if there is none. Comes last. */
  connectionLost(_error: Error | undefined): void {}
  /** More than the high-water mark is waiting to be sent: stop writing for now. */
  pauseWriting(): void {}
  /** What is waiting to be sent is down to the low-water mark: write again. */
  resumeWriting(): void {}
}

/**
 * What a connection of bytes calls: `connectionMade` first, then `dataReceived` any number of times, `eofReceived` once at
 * most, `connectionLost` last. Extend it, and override what matters. asyncio: `Protocol`.
 *
 * @example
 * ```ts
 * class Echo extends Protocol {
 *   private transport!: SocketTransport;
 *   override connectionMade(transport: SocketTransport) {
 *     this.transport = transport;
 *   }
 *   override dataReceived(bytes: Uint8Array) {
 *     this.transport.write(bytes);
 *   }
 * }
 * const server = yield* createServer(() => new Echo(), "127.0.0.1", 8080);
 * ```
 */
export class Protocol extends BaseProtocol<SocketTransport> {
  /** Bytes have arrived. They belong to the protocol. */
  dataReceived(_bytes: Uint8Array): void {}
  /** The other side will send nothing more. True keeps this direction open, except under TLS; otherwise the transport closes. */
  eofReceived(): unknown {
    return false;
  }
}

/**
 * As Protocol, for those that choose where the bytes go: the transport asks for a buffer, and reports how much of it was filled.
 * asyncio: `BufferedProtocol`.
 */
export abstract class BufferedProtocol extends BaseProtocol<SocketTransport> {
  /** Where the next bytes go; not empty. `sizeHint` is how many there are. */
  abstract getBuffer(sizeHint: number): Uint8Array;
  /** That many bytes were written to the buffer. */
  abstract bufferUpdated(count: number): void;
  /** As with Protocol. */
  eofReceived(): unknown {
    return false;
  }
}

/** What a datagram socket calls. Extend it, and override what matters. asyncio: `DatagramProtocol`. */
export class DatagramProtocol extends BaseProtocol<DatagramTransport> {
  /** A datagram has arrived. The bytes belong to the protocol. */
  datagramReceived(_bytes: Uint8Array, _address: SocketAddress): void {}
  /** An earlier datagram could not be sent, for example because nothing listens there. The socket goes on. */
  errorReceived(_error: NetworkError): void {}
}

const EVERY = ["connectionMade", "connectionLost", "pauseWriting", "resumeWriting"];
const STREAM = [...EVERY, "dataReceived", "eofReceived"];
const BUFFERED = [...EVERY, "getBuffer", "bufferUpdated", "eofReceived"];
const DATAGRAM = [...EVERY, "datagramReceived", "errorReceived"];

/** Whether it chooses where bytes go. @internal */
export function isBuffered(protocol: Protocol | BufferedProtocol): protocol is BufferedProtocol {
  return "getBuffer" in protocol;
}

/** What a factory has made, if it is a protocol. @throws LoopError ERR_PROTOCOL_EXPECTED. @internal */
export function madeBy<P>(
  caller: string,
  protocolFactory: () => P,
  check: (caller: string, protocol: unknown) => void,
): P {
  const protocol = protocolFactory();
  try {
    check(caller, protocol);
    return protocol;
  } catch (error) {
    throw new LoopError("ERR_PROTOCOL_EXPECTED", `its protocolFactory: ${(error as Error).message}`);
  }
}

/** Checks a protocol for bytes. @throws ArgumentError ERR_ARGUMENT_TYPE. @internal */
export function checkProtocol(caller: string, protocol: unknown): void {
  const buffered = typeof protocol === "object" && protocol !== null && "getBuffer" in protocol;
  checkMethods(caller, "a protocol", protocol, buffered ? BUFFERED : STREAM);
}

/** Checks a protocol for datagrams. @throws ArgumentError ERR_ARGUMENT_TYPE. @internal */
export function checkDatagramProtocol(caller: string, protocol: unknown): void {
  checkMethods(caller, "a protocol for datagrams", protocol, DATAGRAM);
}

/** Hands bytes to a protocol that says where they go. @internal */
export function fill(protocol: BufferedProtocol, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const buffer = protocol.getBuffer(bytes.length - done);
    if (!(buffer instanceof Uint8Array) || buffer.length === 0) {
      throw new ArgumentError("ERR_ARGUMENT_VALUE", "getBuffer() returned no bytes, or an empty buffer");
    }
    const part = bytes.subarray(done, done + buffer.length);
    buffer.set(part);
    done += part.length;
    protocol.bufferUpdated(part.length);
  }
}
