/** Owns a small server that speaks memcached's text protocol: gets, set and delete. What the client of the examples talks to. */
import {
  type Coroutine,
  NetworkError,
  type Server,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";

export const PORT = 11211;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class MemcachedServer {
  /** Of all clients that are connected. */
  readonly writers = new Set<StreamWriter>();
  private readonly values = new Map<string, string>();

  *start(): Coroutine<Server> {
    return yield* startServer((reader, writer) => this.serve(reader, writer), "127.0.0.1", PORT);
  }

  private *serve(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    this.writers.add(writer);
    try {
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
    } catch (error) {
      // The client was cut off.
      if (!(error instanceof NetworkError)) throw error;
    } finally {
      this.writers.delete(writer);
      writer.close();
    }
  }

  private item(key: string): string {
    const value = this.values.get(key);
    return value === undefined ? "" : `VALUE ${key} 0 ${value.length} 1\r\n${value}\r\n`;
  }
}
