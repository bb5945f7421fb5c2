// Targets that the host would take for others: paths that are too long or lead nowhere, addresses of the other family.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { getaddrinfo, openConnection, openUnixConnection, startServer, startUnixServer } from "wasyncio";
import { echo, ioTest, portOf, temporaryFolder, text, thrown, thrownBy } from "./harness.ts";

/** As long as a path may be, where the system's limit is the smallest (macOS), and two bytes more than any has. */
const [FITS_BYTES, TOO_LONG_BYTES] = [103, 109];

function pathOf(folder: string, sizeBytes: number): string {
  const path = join(folder, "ä");
  return path + "a".repeat(sizeBytes - Buffer.byteLength(path));
}

ioTest("startUnixServer and openUnixConnection need a path", function* () {
  for (const path of [undefined, null, "", 5]) {
    for (const call of [
      () => startUnixServer(echo, path as never),
      () => openUnixConnection(path as never),
      () => startUnixServer(echo, path as never, { startServing: false }),
    ]) {
      const { code, message } = thrown(call);
      expect(code).toBe("ERR_ARGUMENT_TYPE");
      expect(message).toMatch(/^(start|open)Unix(Server|Connection) needs the path of a Unix socket/);
    }
  }
  yield;
});

ioTest("a Unix path is counted in bytes, and one that is too long is ENAMETOOLONG", function* () {
  const folder = temporaryFolder();
  const server = yield* startUnixServer(echo, pathOf(folder, FITS_BYTES));
  const [reader, writer] = yield* openUnixConnection(pathOf(folder, FITS_BYTES));
  writer.write("x\n");
  expect(text(yield* reader.readline())).toBe("x\n");
  writer.close();
  server.close();
  yield* server.waitClosed();
  const path = pathOf(folder, TOO_LONG_BYTES);
  for (const operation of [startUnixServer(echo, path), openUnixConnection(path)]) {
    const { name, code, message } = yield* thrownBy(operation);
    expect([name, code]).toEqual(["NetworkError", "ENAMETOOLONG"]);
    expect(message).toContain(`${path}: the path has ${TOO_LONG_BYTES} bytes`);
    expect(message).toContain("choose a shorter one");
  }
  expect(readdirSync(folder)).toEqual([]);
});

ioTest("a folder that is not there is ENOENT, for a server too", function* () {
  const folder = temporaryFolder();
  const path = join(folder, "none", "x.sock");
  const { code, message } = yield* thrownBy(startUnixServer(echo, path));
  expect(code).toBe("ENOENT");
  expect(message).toContain("the path does not exist");
  expect((yield* thrownBy(openUnixConnection(path))).code).toBe("ENOENT");
  const file = join(folder, "file");
  writeFileSync(file, "");
  const notFolder = yield* thrownBy(startUnixServer(echo, join(file, "x.sock")));
  expect(notFolder.code).toBe("ENOTDIR");
  expect(notFolder.message).toContain("check the path");
  expect(existsSync(join(folder, "none"))).toBe(false);
});

ioTest("an address of the other family is EAI_ADDRFAMILY, as the system's resolver has it", function* () {
  const server = yield* startServer(echo);
  const port = portOf(server);
  for (const operation of [
    openConnection("127.0.0.1", port, { family: 6 }),
    openConnection("::1", port, { family: 4 }),
    getaddrinfo("127.0.0.1", port, { family: 6 }),
    getaddrinfo("::1", port, { family: 4 }),
  ]) {
    const { name, code, message } = yield* thrownBy(operation);
    expect([name, code]).toEqual(["NetworkError", "EAI_ADDRFAMILY"]);
    expect(message).toMatch(/is an IPv[46] address, but the family is [64]; omit the family/);
  }
  const [, writer] = yield* openConnection("127.0.0.1", port, { family: 4 });
  writer.close();
  server.close();
  yield* server.waitClosed();
});
