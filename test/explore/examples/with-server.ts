/** Owns what the explorations of clients share: a simulated network with a server, and that no connection is left at the end. */
import { expect } from "vitest";
import {
  type Coroutine,
  getRunningLoop,
  NetworkError,
  type Server,
  type StreamReader,
  type StreamWriter,
  sleep,
  startServer,
} from "wasyncio";
import { type ExploredRun, SimulatedNetwork } from "wasyncio/testing";

/** A server on a port of 127.0.0.1, which knows its clients. */
export abstract class Service {
  /** Of all clients that are connected. */
  readonly writers = new Set<StreamWriter>();
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** Talks to one client, until it has gone. */
  protected abstract converse(reader: StreamReader, writer: StreamWriter): Coroutine<void>;

  *start(): Coroutine<Server> {
    return yield* startServer((reader, writer) => this.serve(reader, writer), "127.0.0.1", this.port);
  }

  private *serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    this.writers.add(writer);
    try {
      yield* this.converse(reader, writer);
    } catch (error) {
      // The client was cut off.
      if (!(error instanceof NetworkError)) throw error;
    } finally {
      this.writers.delete(writer);
      writer.close();
    }
  }
}

/** A program with a server of its own, to which no client is connected any more at the end. */
export function withServer(
  served: new () => Service,
  body: (network: SimulatedNetwork, run: ExploredRun) => Coroutine<void>,
): (run: ExploredRun) => Coroutine<void> {
  return function* (run) {
    const network = new SimulatedNetwork({ seed: run.seed, link: { latencyMs: 1 } });
    getRunningLoop().setNetwork(network);
    const service = new served();
    const { writers } = service;
    const server = yield* service.start();
    try {
      yield* body(network, run);
      yield* sleep(100);
      expect(writers.size).toBe(0);
    } catch (error) {
      // The tasks of the server are cancelled too, and then it closes the connection.
      if (run.cancelled === undefined || !isLost(error)) throw error;
    } finally {
      server.close();
      for (const writer of writers) writer.transport.abort();
      yield* server.waitClosed();
    }
  };
}

function isLost(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code);
  return code === "ECONNRESET" || code === "ERR_INCOMPLETE_READ";
}
