/**
 * Owns the addresses of a connection's two ends, as little of them as can be kept for each: a server's connections mostly have
 * one address on this side, and many from one machine. Knows nothing of what becomes of a connection.
 */
import type { Socket } from "node:net";
import type { SocketAddress } from "./network.ts";
import { addressOf } from "./node-names.ts";

/** An address and a port, where they are known. */
interface End {
  address?: string | undefined;
  port?: number | undefined;
}

/** What a socket's own properties ask as well, and then keep the answer's object for as long as the socket is there. */
interface Handle {
  getsockname?(end: End): number;
  getpeername?(end: End): number;
}

const end: End = {};

function ask(socket: Socket, how: keyof Handle): End {
  end.address = undefined;
  end.port = undefined;
  const { _handle: handle } = socket as { _handle?: Handle | null };
  if (typeof handle?.[how] === "function") {
    handle[how](end);
  } else if (how === "getsockname") {
    end.address = socket.localAddress;
    end.port = socket.localPort;
  } else {
    end.address = socket.remoteAddress;
    end.port = socket.remotePort;
  }
  return end;
}

/** The latest answers. */
let local: SocketAddress | undefined;
let peer: string | undefined;

/** This side's address, if it has one. */
export function localAddressOf(socket: Socket): SocketAddress | undefined {
  const { address, port } = ask(socket, "getsockname");
  if (address === undefined || port === undefined) return undefined;
  if (local?.host !== address || local.port !== port) local = Object.freeze(addressOf(address, port));
  return local;
}

/** The other side's, which is to be taken out of what it returns at once. */
export function remoteEndOf(socket: Socket): Readonly<End> {
  const { address } = ask(socket, "getpeername");
  if (address === peer) end.address = peer;
  else peer = address;
  return end;
}
