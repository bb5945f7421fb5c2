// Pipes of the host joined to the loop: connectReadPipe, connectWritePipe, openReadPipe, openWritePipe.

import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect } from "vitest";
import { type Protocol, TimeoutError, waitFor } from "wasyncio";
import { connectReadPipe, connectWritePipe, openReadPipe, openWritePipe } from "wasyncio/subprocess";
import { temporaryFolder, text, thrown, thrownBy, until } from "../io/harness.ts";
import { codeOf, processTest } from "./harness.ts";

/** Both ends of a pipe that the system has, as descriptors. */
function pipe(): { readonly reading: number; readonly writing: number } {
  const path = join(temporaryFolder(), "pipe");
  execFileSync("mkfifo", [path]);
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reading, writing: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

processTest("descriptors become a reader and a writer, with back-pressure", function* () {
  const { reading, writing } = pipe();
  const reader = yield* openReadPipe(reading);
  const writer = yield* openWritePipe(writing);
  writer.write("a line\n");
  expect(text(yield* reader.readline())).toBe("a line\n");
  writer.write(new Uint8Array(1e6));
  expect(yield* thrownBy(waitFor(writer.drain(), 30))).toBeInstanceOf(TimeoutError);
  writer.close();
  expect((yield* reader.read()).length).toBe(1e6);
  expect(reader.atEof()).toBe(true);
  yield* writer.waitClosed();
});

processTest("streams of the host are joined as well", function* () {
  const through = new PassThrough();
  const reader = yield* openReadPipe(through, { limit: 10 });
  const writer = yield* openWritePipe(through);
  writer.write("one\ntwo\n");
  writer.close();
  expect(text(yield* reader.read())).toBe("one\ntwo\n");
});

processTest("connectReadPipe and connectWritePipe tell a protocol", function* () {
  const told: string[] = [];
  const recorder = (name: string): Protocol => ({
    connectionMade: () => told.push(`${name} made`),
    dataReceived: (bytes) => told.push(`${name} ${text(bytes)}`),
    eofReceived: () => false,
    connectionLost: (error) => told.push(`${name} lost ${error}`),
    pauseWriting: () => told.push(`${name} pause`),
    resumeWriting: () => told.push(`${name} resume`),
  });
  const { reading, writing } = pipe();
  const [readTransport, protocol] = yield* connectReadPipe(() => recorder("r"), reading);
  expect(readTransport.getProtocol()).toBe(protocol);
  const [transport] = yield* connectWritePipe(() => recorder("w"), writing);
  transport.write("x");
  yield* until("it came", () => told.includes("r x"));
  transport.close();
  yield* until("both are told", () => told.filter((each) => each.includes("lost")).length === 2);
  expect(told.sort()).toEqual(["r lost undefined", "r made", "r x", "w lost undefined", "w made"]);
});

processTest("a writer learns that nobody reads any more", function* () {
  const { reading, writing } = pipe();
  const writer = yield* openWritePipe(writing);
  closeSync(reading);
  writer.write("x");
  expect(yield* codeOf(writer.waitClosed())).toBe("EPIPE");
});

processTest("what is no pipe is refused", function* () {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, "text");
  const file = openSync(path, "r");
  const error = yield* thrownBy(openReadPipe(file));
  expect([error.code, error.message]).toEqual([
    "ERR_ARGUMENT_VALUE",
    `openReadPipe needs a pipe, and descriptor ${file} is a file's, and none of a pipe, socket or terminal; read and write files with the host's own API`,
  ]);
  closeSync(file);
  expect(yield* codeOf(openReadPipe(1_000_000))).toBe("EBADF");
  expect(thrown(() => openWritePipe({})).code).toBe("ERR_ARGUMENT_TYPE");
  expect(yield* codeOf(connectReadPipe(() => ({}) as never, 1_000_000))).toBe("ERR_PROTOCOL_EXPECTED");
  expect(thrown(() => connectReadPipe(null as never, 0)).code).toBe("ERR_CALLBACK_EXPECTED");
});

processTest("a stream of the host that has been destroyed is at its end", function* () {
  const gone = new PassThrough();
  gone.destroy();
  yield* until("it is destroyed", () => gone.closed);
  const reader = yield* openReadPipe(gone);
  expect((yield* reader.read()).length).toBe(0);
});
