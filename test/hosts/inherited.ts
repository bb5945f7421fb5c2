/** Owns a program that finds a connection as its descriptor 3 and a listening socket as 4, and says what came of taking them. */
import {
  getRunningLoop,
  openConnection,
  run,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import type { Json } from "../../hosts/driver.ts";

const decoder = new TextDecoder();

function* throughConnection(): Generator<unknown, string, unknown> {
  try {
    const [reader, writer] = yield* openConnection({ sock: 3 });
    writer.write("from a descriptor\n");
    const line = decoder.decode(yield* reader.readline());
    writer.close();
    yield* writer.waitClosed();
    return line;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

function* throughServer(): Generator<unknown, string, unknown> {
  const served = getRunningLoop().createFuture<string>();
  const serve = function* (reader: StreamReader, writer: StreamWriter): Generator<unknown, void, unknown> {
    const line = decoder.decode(yield* reader.readline());
    writer.write(line);
    writer.close();
    yield* writer.waitClosed();
    served.setResult(line);
  };
  const server = yield* startServer(serve, { sock: 4 });
  const line = yield* served;
  server.close();
  yield* server.waitClosed();
  return line;
}

export default async function main(): Promise<Json> {
  return await run(function* () {
    const connection = yield* throughConnection();
    return { connection, server: yield* throughServer() };
  });
}
