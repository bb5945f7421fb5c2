/** What the workloads with sockets share: whether the host has them, and both ends of a conversation over Node's own. */
import type * as Net from "node:net";
import { builtinModule } from "../measure/host.ts";

export const LOOPBACK = "127.0.0.1";

export function net(): typeof Net {
  const module = builtinModule<typeof Net>("node:net");
  if (module === undefined) throw new Error("this host has no node:net");
  return module;
}

/** Whether a program here may listen: workerd has node:net, and no servers. */
export async function hasSockets(): Promise<boolean> {
  try {
    const server = await listen(() => {});
    await new Promise((closed) => server.close(closed));
    return true;
  } catch {
    return false;
  }
}

export function listen(connected: (socket: Net.Socket) => void): Promise<Net.Server> {
  return new Promise((resolve, reject) => {
    const server = net().createServer({ noDelay: true }, connected);
    server.once("error", reject);
    server.listen(0, LOOPBACK, () => resolve(server));
  });
}

export function connect(port: number): Promise<Net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net().connect({ port, host: LOOPBACK, noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

export function portOf(server: Net.Server): number {
  return (server.address() as Net.AddressInfo).port;
}
