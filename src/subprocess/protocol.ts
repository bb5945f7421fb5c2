/**
 * Owns what a process's transport tells the program that uses it. Knows nothing of how a transport works.
 */
import { checkFunction, wrongArgument } from "../core/checks.ts";
import type { SubprocessTransport } from "./transport.ts";

/**
 * What the transport of a process calls, always in a turn of the loop: `connectionMade` first, then the rest as it happens,
 * `connectionLost` last, when the process has ended and its pipes have. It may have ended before all was read of its pipes.
 * asyncio: `SubprocessProtocol`.
 */
export interface SubprocessProtocol {
  /** The process runs. */
  connectionMade?(transport: SubprocessTransport): void;
  /** The process has written bytes to descriptor `fd`, 1 or 2. They are the protocol's. */
  pipeDataReceived?(fd: number, bytes: Uint8Array): void;
  /** A pipe has ended: by a failure, or properly when there is none. */
  pipeConnectionLost?(fd: number, error: Error | undefined): void;
  /** The process has ended; `getReturncode` tells how. */
  processExited?(): void;
  /** All is over. */
  connectionLost?(error: Error | undefined): void;
  /** More is waiting to go to the process's stdin than the high water mark: write no more for now. */
  pauseWriting?(): void;
  /** What waits is down at the low water mark: write again. */
  resumeWriting?(): void;
}

/** @throws ArgumentError ERR_CALLBACK_EXPECTED. @internal */
export function checkProtocolFactory(caller: string, protocolFactory: unknown): void {
  checkFunction(caller, protocolFactory, "a function that makes a protocol");
}

/** Checks a protocol of processes: any object. @throws ArgumentError ERR_ARGUMENT_TYPE. @internal */
export function checkSubprocessProtocol(caller: string, protocol: unknown): void {
  if (typeof protocol === "object" && protocol !== null) return;
  throw wrongArgument(caller, "a protocol, an object", protocol);
}
