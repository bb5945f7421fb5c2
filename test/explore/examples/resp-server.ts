/**
 * Owns a small server that speaks RESP, as Redis does: GET, SET, INCR, transactions, and a count of the connections that are open. What
 * the Redis client of the examples talks to in a simulated network.
 */
import {
  type Coroutine,
  NetworkError,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { readReply } from "../../../examples/redis/resp.ts";

export const PORT = 6379;

const encoder = new TextEncoder();

export class RespServer {
  /** Of all clients that are connected. */
  readonly writers = new Set<StreamWriter>();
  private readonly values = new Map<string, string>();

  *start(): Coroutine<Server> {
    return yield* startServer((reader, writer) => this.serve(reader, writer), "127.0.0.1", PORT);
  }

  private *serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    this.writers.add(writer);
    /** The commands of a transaction that has begun. */
    let queued: string[][] | undefined;
    try {
      for (;;) {
        const command = (yield* readReply(reader)) as string[] | undefined;
        if (command === undefined) return;
        const [verb] = command;
        if (verb === "MULTI") {
          queued = [];
          writer.write(encoder.encode("+OK\r\n"));
        } else if (verb === "EXEC") {
          const replies = (queued ?? []).map((each) => this.answer(each));
          queued = undefined;
          writer.write(encoder.encode(`*${replies.length}\r\n${replies.join("")}`));
        } else if (queued !== undefined) {
          queued.push(command);
          writer.write(encoder.encode("+QUEUED\r\n"));
        } else writer.write(encoder.encode(this.answer(command)));
        yield* writer.drain();
      }
    } catch (error) {
      // The client was cut off.
      if (!(error instanceof NetworkError)) throw error;
    } finally {
      this.writers.delete(writer);
      writer.close();
    }
  }

  private answer([verb, key = "", value = ""]: readonly string[]): string {
    switch (verb) {
      case "SET":
        this.values.set(key, value);
        return "+OK\r\n";
      case "GET": {
        const found = this.values.get(key);
        return found === undefined ? "$-1\r\n" : `$${found.length}\r\n${found}\r\n`;
      }
      case "INCR": {
        const next = Number(this.values.get(key) ?? 0) + 1;
        this.values.set(key, String(next));
        return `:${next}\r\n`;
      }
      default:
        return `-ERR unknown command '${verb}'\r\n`;
    }
  }
}
