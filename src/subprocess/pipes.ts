/**
 * Owns connecting a pipe of the host to the loop: one to read from, or one to write to.
 */
import { checkMethods, readOptions, wrongArgument } from "../core/checks.ts";
import { coroutine, type Operation } from "../core/coroutine.ts";
import { ArgumentError } from "../core/errors.ts";
import type { EventLoop } from "../core/loop.ts";
import { getRunningLoop } from "../core/running.ts";
import type { HostFailure } from "../host/network.ts";
import type { HostProcesses } from "../host/processes.ts";
import { Channel } from "../io/channel.ts";
import { checkLimit, LIMIT_BYTES } from "../io/endpoint.ts";
import { networkError } from "../io/errors.ts";
import { type BufferedProtocol, checkProtocol, madeBy, type Protocol } from "../io/protocol.ts";
import { StreamReaderProtocol } from "../io/stream-protocol.ts";
import { StreamReader } from "../io/stream-reader.ts";
import { StreamWriter } from "../io/stream-writer.ts";
import { SocketTransport } from "../io/transport.ts";
import { checkProtocolFactory } from "./protocol.ts";
import { processesOf } from "./start.ts";

/** What can be connected to the loop: a descriptor, or a stream of the host's such as `process.stdin`. */
export type HostPipe = number | object;

/** How a pipe is read. */
export interface PipeOptions {
  /** The reader's limit, in bytes: its longest line, and half of what it holds. By default 64 KiB. */
  readonly limit?: number | undefined;
}

type Direction = "readPipe" | "writePipe";

/**
 * Connects the reading end of a pipe to the loop, and passes what is received to a protocol. asyncio:
 * `loop.connect_read_pipe`, here on the running loop.
 *
 * @param protocolFactory - a function that makes the protocol.
 * @param pipe - a descriptor of a pipe, a socket or a terminal, or a Readable of `node:stream`, such as `process.stdin`. It is
 * closed with the transport.
 * @returns the transport and the protocol.
 * @throws ArgumentError ERR_CALLBACK_EXPECTED, ERR_ARGUMENT_TYPE or ERR_ARGUMENT_VALUE; LoopError ERR_PROTOCOL_EXPECTED when no
 * protocol is made; NetworkError such as EBADF; NotSupportedError where the host has no pipes.
 */
export function connectReadPipe<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  pipe: HostPipe,
): Operation<[transport: SocketTransport, protocol: P]> {
  return connected("connectReadPipe", "readPipe", protocolFactory, pipe) as Operation<[SocketTransport, P]>;
}

/**
 * Connects the writing end of a pipe to the loop. asyncio: `loop.connect_write_pipe`, here on the running loop.
 *
 * @param protocolFactory - a function that makes the protocol.
 * @param pipe - as for `connectReadPipe`, a descriptor of a pipe or the like, or a Writable of `node:stream`, such as `process.stdout`.
 * @returns the transport and the protocol.
 * @throws as `connectReadPipe`.
 */
export function connectWritePipe<P extends Protocol | BufferedProtocol>(
  protocolFactory: () => P,
  pipe: HostPipe,
): Operation<[transport: SocketTransport, protocol: P]> {
  return connected("connectWritePipe", "writePipe", protocolFactory, pipe) as Operation<[SocketTransport, P]>;
}

/**
 * A reader of a pipe: `connectReadPipe` with the protocol of streams.
 *
 * @param pipe - as for `connectReadPipe`.
 * @throws as `connectReadPipe`.
 *
 * @example
 * ```ts
 * const stdin = yield* openReadPipe(process.stdin);
 * const line = yield* stdin.readline();
 * ```
 */
export function openReadPipe(pipe: HostPipe, options?: PipeOptions): Operation<StreamReader> {
  const { limit = LIMIT_BYTES } = readOptions("openReadPipe", options, ["limit"]);
  const checked = checkPipe("openReadPipe", "readPipe", pipe);
  return readerOf(checked, checkLimit("openReadPipe", limit));
}

/**
 * A writer to a pipe: `connectWritePipe` with the protocol of streams.
 *
 * @param pipe - as for `connectWritePipe`.
 * @throws as `connectReadPipe`.
 */
export function openWritePipe(pipe: HostPipe): Operation<StreamWriter> {
  return writerOf(checkPipe("openWritePipe", "writePipe", pipe));
}

function connected(
  caller: string,
  direction: Direction,
  protocolFactory: () => Protocol | BufferedProtocol,
  pipe: unknown,
): Operation<[SocketTransport, Protocol | BufferedProtocol]> {
  checkProtocolFactory(caller, protocolFactory);
  return connecting(caller, direction, protocolFactory, checkPipe(caller, direction, pipe));
}

const connecting = coroutine(function* connectPipe(
  caller: string,
  direction: Direction,
  protocolFactory: () => Protocol | BufferedProtocol,
  pipe: unknown,
) {
  const loop = getRunningLoop();
  processesOf(loop, caller);
  const protocol = madeBy(caller, protocolFactory, checkProtocol);
  return [joined(loop, caller, direction, protocol, pipe), protocol] as [
    SocketTransport,
    Protocol | BufferedProtocol,
  ];
});

const readerOf = coroutine(function* openReadPipe(pipe: unknown, limit: number) {
  const loop = getRunningLoop();
  const reader = new StreamReader({ limit, loop });
  joined(loop, "openReadPipe", "readPipe", new StreamReaderProtocol(reader, { loop }), pipe);
  return reader;
});

const writerOf = coroutine(function* openWritePipe(pipe: unknown) {
  const loop = getRunningLoop();
  const protocol = new StreamReaderProtocol(new StreamReader({ loop }), { loop });
  return new StreamWriter(joined(loop, "openWritePipe", "writePipe", protocol, pipe), protocol);
});

function joined(
  loop: EventLoop,
  caller: string,
  direction: Direction,
  protocol: Protocol | BufferedProtocol,
  pipe: unknown,
): SocketTransport {
  const processes: HostProcesses = processesOf(loop, caller);
  const channel = new Channel(loop, { ready() {}, abandoned() {} });
  const socket = processes[direction](pipe);
  if ("code" in socket) {
    channel.close();
    throw cannotJoin(caller, socket);
  }
  channel.user = { ready() {}, abandoned: () => socket.destroy() };
  socket.watch(channel);
  return new SocketTransport(loop, channel, socket, protocol);
}

const STREAM_METHODS: Readonly<Record<Direction, readonly string[]>> = {
  readPipe: ["on", "read", "destroy"],
  writePipe: ["on", "write", "end", "destroy"],
};

function checkPipe(caller: string, direction: Direction, pipe: unknown): unknown {
  if (typeof pipe !== "number") {
    checkMethods(caller, "a descriptor, or a stream of the host's", pipe, STREAM_METHODS[direction]);
    return pipe;
  }
  if (Number.isInteger(pipe) && pipe >= 0 && pipe < 2 ** 31) return pipe;
  throw wrongArgument(caller, "a descriptor, a whole number from 0", pipe, "ERR_ARGUMENT_VALUE");
}

function cannotJoin(caller: string, failure: HostFailure): Error {
  if (failure.code !== "EINVAL") return networkError(`${caller} cannot use the pipe`, failure);
  return new ArgumentError(
    "ERR_ARGUMENT_VALUE",
    `${caller} needs a pipe, and ${failure.reason}; read and write files with the host's own API`,
  );
}
