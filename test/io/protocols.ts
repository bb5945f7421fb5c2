// Protocols that several files of tests have in common.

import { Protocol, type Server, type SocketTransport } from "wasyncio";
import { text } from "./harness.ts";

/** Notes what it is told. */
export class Noting extends Protocol {
  readonly log: string[] = [];
  transport!: SocketTransport;

  override connectionMade(transport: SocketTransport): void {
    this.transport = transport;
    this.log.push("made");
  }

  override dataReceived(data: Uint8Array): void {
    this.log.push(text(data));
  }

  override eofReceived(): unknown {
    this.log.push("eof");
    return false;
  }

  override connectionLost(error: Error | undefined): void {
    this.log.push(
      error === undefined ? "lost" : `lost by ${(error as { code?: string }).code ?? error.message}`,
    );
  }
}

export class Echo extends Protocol {
  transport!: SocketTransport;
  override connectionMade(transport: SocketTransport): void {
    this.transport = transport;
  }
  override dataReceived(data: Uint8Array): void {
    this.transport.write(data);
  }
}

/** Closes a server, and waits for it. */
export function* closed(server: Server): Generator<unknown, void, unknown> {
  server.close();
  yield* server.waitClosed();
}
