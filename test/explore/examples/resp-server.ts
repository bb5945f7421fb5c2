/**
 * Owns a small server that speaks RESP, as Redis does: GET, SET, INCR, transactions, and a count of the connections that are open. What
 * the Redis client of the examples talks to in a simulated network.
 */
import type { Coroutine, StreamReader, StreamWriter } from "wasyncio";
import { readReply } from "../../../examples/redis/resp.ts";
import { Service } from "./with-server.ts";

export const PORT = 6379;

const encoder = new TextEncoder();

export class RespServer extends Service {
  private readonly values = new Map<string, string>();

  constructor() {
    super(PORT);
  }

  protected *converse(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    /** The commands of a transaction that has begun. */
    let queued: string[][] | undefined;
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
