/**
 * Owns a program that opens connections with delays and probes of every kind, says where they are, and keeps them until somebody
 * connects to it, who has asked the system in the meantime.
 */
import {
  createConnection,
  createServer,
  getRunningLoop,
  Protocol,
  run,
  type Server,
  type SocketTransport,
} from "wasyncio";
import type { Json } from "../../hosts/driver.ts";
import { connectedSocket, listeningServer, portOf } from "./suite/own-net.ts";

const HOST = "127.0.0.1";

const TUNINGS = {
  nothing: {},
  "noDelay: false": { noDelay: false },
  "keepAlive: true": { keepAlive: true },
  "keepAlive: 10 s": { keepAlive: 10_000 },
  "keepAlive: 1.5 s": { keepAlive: 1500 },
  "keepAlive: 0.5 s": { keepAlive: 500 },
};

/** One end of a connection, in the program's process. */
export interface TunedEnd {
  readonly what: string;
  readonly local: number;
  readonly remote: number;
}

/** What the program prints. */
export interface Tuned {
  readonly pid: number;
  readonly ends: readonly TunedEnd[];
  /** Where to connect to end it. */
  readonly port: number;
}

export default async function main(): Promise<Json> {
  await run(function* () {
    const ends: TunedEnd[] = [];
    const transports: SocketTransport[] = [];
    const servers: Server[] = [];
    const note = (what: string, transport: SocketTransport, isServer = false) => {
      transports.push(transport);
      const local = transport.getExtraInfo("sockname")?.port as number;
      const remote = transport.getExtraInfo("peername")?.port as number;
      ends.push(isServer ? { what, local: remote, remote: local } : { what, local, remote });
    };
    const plain = yield* createServer(() => new Protocol(), HOST, 0);
    servers.push(plain);
    for (const [name, options] of Object.entries(TUNINGS)) {
      const [client] = yield* createConnection(() => new Protocol(), HOST, portOf(plain), options);
      note(`client, ${name}`, client);
      const sock = yield* connectedSocket(portOf(plain));
      const [taken] = yield* createConnection(() => new Protocol(), { sock, ...options });
      note(`client by sock, ${name}`, taken);
      const own = yield* createServer(() => new Protocol(), HOST, 0, options);
      const listening = yield* listeningServer();
      const given = yield* createServer(() => new Protocol(), { sock: listening, ...options });
      for (const [kind, server] of [
        ["server", own],
        ["server by sock", given],
      ] as const) {
        servers.push(server);
        const [transport] = yield* createConnection(() => new Protocol(), HOST, portOf(server));
        note(`${kind}, ${name}`, transport, true);
      }
    }
    const told = getRunningLoop().createFuture<void>();
    class Ending extends Protocol {
      override connectionMade(transport: SocketTransport): void {
        transport.close();
        if (told.pending()) told.setResult();
      }
    }
    const ending = yield* createServer(() => new Ending(), HOST, 0);
    servers.push(ending);
    const { process } = globalThis as unknown as { readonly process: { readonly pid: number } };
    const tuned: Tuned = { pid: process.pid, ends, port: portOf(ending) };
    // biome-ignore lint/suspicious/noConsole: what the test reads.
    console.log(`tuned ${JSON.stringify(tuned)}`);
    yield* told;
    for (const transport of transports) transport.abort();
    for (const server of servers) {
      server.close();
      yield* server.waitClosed();
    }
  });
  return null;
}
