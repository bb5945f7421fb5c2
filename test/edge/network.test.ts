/** `openConnection` within workerd, over `cloudflare:sockets`, against servers of Node on this machine. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { build } from "esbuild";
import { afterAll, afterEach, test as anyTest, beforeAll, expect } from "vitest";
import type { HostSession, Json } from "../../hosts/driver.ts";
import { workerd, workerdTrusting } from "../../hosts/workerd.ts";
import type { HostFailure } from "../../src/host/network.ts";
import { workerdNetwork } from "../../src/host/workerd-network.ts";
import { isExpected } from "../hosts/presence.ts";
import { type Identity, makeCertificates } from "../io/certificates.ts";
import { Bundles } from "./bundle.ts";

const TIMEOUT_MS = 30_000;

const test = anyTest.skipIf(!(await isExpected(workerd)));

const bundles = new Bundles();
const servers: Server[] = [];
const sockets = new Set<Socket>();
let session: HostSession;
let file: string;

beforeAll(async () => {
  file = await bundles.ofFile("workerd", "test/edge/network-program.ts");
  session = await workerd.start();
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
});

afterAll(async () => {
  await session.close();
  await bundles.remove();
});

/** A server on this machine. @returns its port. */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    onConnection(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const run = (name: string, port = 0): Promise<Json> =>
  session.run({ file, config: { name, port }, timeoutMs: TIMEOUT_MS });

const echo = () => serve((socket) => socket.pipe(socket));

test("128 KB go both ways, in many pieces", async () => {
  const port = await echo();
  expect(await run("small", port)).toEqual({
    same: true,
    highestBytes: expect.any(Number),
    peer: { family: "IPv4", host: "127.0.0.1", port, path: "" },
  });
});

test("8 MB go both ways, and what is unsent stays bounded", async () => {
  const answer = (await run("large", await echo())) as { same: boolean; highestBytes: number };
  expect(answer.same).toBe(true);
  // A piece more than the high water mark.
  expect(answer.highestBytes).toBeGreaterThan(0);
  expect(answer.highestBytes).toBeLessThanOrEqual(64 * 1024 + 300_000);
});

test("several connections at once", async () => {
  expect(await run("many", await echo())).toEqual([true, true, true, true, true]);
});

test("half open: what comes after our end", async () => {
  const port = await serve((socket) => {
    const got: Buffer[] = [];
    socket.on("data", (bytes) => got.push(bytes));
    socket.on("end", () => setTimeout(() => socket.end(`${Buffer.concat(got)}, second`), 100));
  });
  expect(await run("endedHere", port)).toBe("first, second");
});

test("half open: what goes after the other's end", async () => {
  let received = "";
  const port = await serve((socket) => {
    socket.end("goodbye");
    socket.on("data", (bytes) => {
      received += bytes;
    });
  });
  expect(await run("endedThere", port)).toEqual(["goodbye", true, null]);
  await expect.poll(() => received).toBe("after your end");
});

test("close sends what was written", async () => {
  let received = 0;
  let ended = false;
  const port = await serve((socket) => {
    socket.on("data", (bytes) => {
      received += bytes.length;
    });
    socket.on("end", () => {
      ended = true;
      socket.end();
    });
  });
  expect(await run("closed", port)).toBe(true);
  await expect.poll(() => [received, ended]).toEqual([3_000_000, true]);
});

test("writing waits while the other side does not read", async () => {
  const port = await serve((socket) => socket.pause());
  const answer = (await run("unread", port)) as { error: string; written: number; unsent: number };
  expect(answer.error).toBe("TimeoutError");
  expect(answer.unsent).toBeGreaterThan(64 * 1024);
  // The system's buffers, and what lies between the water marks.
  expect(answer.written).toBeLessThan(16_000_000);
});

test("the sender has to wait while this side does not read", async () => {
  let sent = 0;
  const port = await serve((socket) => {
    const send = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(100_000))) sent += 100_000;
    };
    socket.on("drain", send);
    send();
  });
  const taken = (await run("untaken", port)) as number;
  expect(taken).toBeGreaterThan(0);
  // The reader's limit twice over, and a piece.
  expect(taken).toBeLessThanOrEqual(3 * 64 * 1024);
  expect(sent).toBeLessThan(16_000_000);
});

test("abort drops the connection, once", async () => {
  let closed = 0;
  const port = await serve((socket) => {
    socket.resume();
    socket.once("end", () => socket.end());
    socket.once("close", () => closed++);
  });
  expect(await run("aborted", port)).toEqual([0, true]);
  await expect.poll(() => closed).toBe(1);
});

test("a connection that is cut off is an error in workerd's words", async () => {
  const port = await serve((socket) => {
    socket.once("data", () => socket.resetAndDestroy());
  });
  expect(await run("reset", port)).toEqual({
    name: "NetworkError",
    code: "EUNKNOWN",
    message: expect.stringContaining("Network connection lost"),
  });
});

test("a refused connection is an error that names the place", async () => {
  const port = await echo();
  for (const server of servers.splice(0)) server.close();
  expect(await run("refused", port)).toEqual({
    name: "NetworkError",
    code: "EUNKNOWN",
    message: expect.stringMatching(
      new RegExp(`^cannot connect to 127\\.0\\.0\\.1:${port}: .*cannot connect`),
    ),
  });
});

test("invalid names are errors", async () => {
  expect(await run("unknownName")).toMatchObject({ name: "NetworkError", code: "EUNKNOWN" });
  expect(await run("badName")).toMatchObject({ name: "NetworkError", code: "EINVAL" });
});

test("an address of the family is taken; a name's family cannot be chosen", async () => {
  expect(await run("family", await echo())).toMatchObject({
    name: "NetworkError",
    code: "EAFNOSUPPORT",
    message: expect.stringContaining("omit the family 6"),
  });
});

const certificates = makeCertificates();

anyTest.skipIf(certificates === undefined || !(await isExpected(workerd)))(
  "TLS goes both ways, and the name has to fit",
  async () => {
    const { ca, server, other } = certificates as NonNullable<typeof certificates>;
    const serveSecured = async (identity: Identity): Promise<number> => {
      const secured = createTlsServer(identity, (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        socket.on("error", () => {});
        socket.pipe(socket);
      });
      servers.push(secured);
      secured.listen(0, "127.0.0.1");
      await once(secured, "listening");
      return (secured.address() as AddressInfo).port;
    };
    const trusting = await workerdTrusting(ca).start();
    const ask = (host: HostSession, name: string, port: number) =>
      host.run({ file, config: { name, port }, timeoutMs: TIMEOUT_MS });
    const port = await serveSecured(server);
    const unsupported = expect.objectContaining({ code: "EOPNOTSUPP" });
    expect(await ask(trusting, "secured", port)).toEqual([true, false, unsupported]);
    // One for another name, and one by an authority that nobody knows.
    expect(await ask(trusting, "distrusted", await serveSecured(other))).toMatchObject({
      name: "NetworkError",
    });
    await trusting.close();
    expect(await ask(session, "distrusted", port)).toMatchObject({ name: "NetworkError" });
  },
);

test("TLS on a connection that has been used says what to do instead", async () => {
  expect(await run("startedLate", await echo())).toMatchObject({
    name: "NetworkError",
    code: "EOPNOTSUPP",
    message: expect.stringContaining("give ssl to openConnection"),
  });
});

test("cancelling while it connects ends it", async () => {
  expect(await run("cancelled", await echo())).toMatchObject({ name: "CancelledError" });
  await expect.poll(() => sockets.size).toBe(0);
});

test("where the runtime has no such sockets, the connection says so", async () => {
  const failure = await new Promise<HostFailure | undefined>((resolve) => {
    const socket = workerdNetwork.connect({
      host: "127.0.0.1",
      port: 9,
      family: 0,
      localHost: undefined,
      localPort: undefined,
      noDelay: true,
      keepAliveMs: undefined,
      startsTls: false,
    });
    socket.watch({ readable() {}, writable() {}, ended() {}, closed: resolve });
  });
  expect(failure).toEqual({
    code: "EOPNOTSUPP",
    reason: expect.stringContaining("does not offer cloudflare:sockets"),
  });
});

test("a program is bundled by what does not know cloudflare:sockets", async () => {
  const { warnings, outputFiles } = await build({
    entryPoints: ["src/host/workerd-network.ts"],
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
  });
  expect(warnings).toEqual([]);
  expect(outputFiles[0]?.text).toMatch(/import\([^)]*"cloudflare:sockets"\s*\)/);
});

test("what workerd cannot do is an error that names it and the alternative", async () => {
  const answers = (await run("unsupported")) as { code: string; name: string; message: string }[];
  expect(answers.map(({ name, code }) => [name, code])).toEqual(
    answers.map(() => ["NotSupportedError", "ERR_HOST_UNSUPPORTED"]),
  );
  expect(answers.map(({ message }) => /'workerd'.*; .+/.test(message))).toEqual([true, true, true]);
});
