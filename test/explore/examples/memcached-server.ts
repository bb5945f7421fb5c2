/** Owns a small server that speaks memcached's text protocol: gets, set and delete. What the client of the examples talks to. */
import type { Coroutine, StreamReader, StreamWriter } from "wasyncio";
import { Service } from "./with-server.ts";

export const PORT = 11211;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class MemcachedServer extends Service {
  private readonly values = new Map<string, string>();

  constructor() {
    super(PORT);
  }

  protected *converse(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    for (;;) {
      const line = decoder.decode(yield* reader.readline());
      if (line === "") return;
      const [verb, ...words] = line.trimEnd().split(" ");
      if (verb === "set") {
        const bytes = yield* reader.readexactly(Number(words[3]) + 2);
        this.values.set(words[0] as string, decoder.decode(bytes.subarray(0, -2)));
        writer.write(encoder.encode("STORED\r\n"));
      } else if (verb === "gets") {
        writer.write(encoder.encode(`${words.map((key) => this.item(key)).join("")}END\r\n`));
      } else {
        const isThere = this.values.delete(words[0] as string);
        writer.write(encoder.encode(isThere ? "DELETED\r\n" : "NOT_FOUND\r\n"));
      }
      yield* writer.drain();
    }
  }

  private item(key: string): string {
    const value = this.values.get(key);
    return value === undefined ? "" : `VALUE ${key} 0 ${value.length} 1\r\n${value}\r\n`;
  }
}
