// Python's own asyncio, and openssl, at the other end: TCP and TLS, as the client and as the server, and STARTTLS.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  createDatagramEndpoint,
  createServer,
  DatagramProtocol,
  type DatagramTransport,
  gather,
  IncompleteReadError,
  openConnection,
  Protocol,
  run,
  type ServerOptions,
  type SocketAddress,
  type SocketTransport,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import { runChild } from "../../hosts/child.ts";
import { bun, deno, thisNode } from "../../hosts/process.ts";
import { type Certificates, makeCertificates } from "../io/certificates.ts";
import { freePort, listening, startPeer, withCommand } from "./found.ts";

const SCRIPT = fileURLToPath(new URL("peer.py", import.meta.url));
const SIZE = 1_000_000;
const TIMEOUT_MS = 30_000;
const decoder = new TextDecoder();

const folder = mkdtempSync(join(tmpdir(), "wasyncio-peers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const certificates = makeCertificates() as Certificates;

/** Of the certificates, as files. */
function filesOf(): Record<"ca" | "cert" | "key" | "clientCert" | "clientKey", string> {
  const { ca, server, client } = certificates;
  const files = { ca, cert: server.cert, key: server.key, clientCert: client.cert, clientKey: client.key };
  const paths = Object.entries(files).map(([name, pem]) => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, pem);
    return [name, path];
  });
  return Object.fromEntries(paths) as ReturnType<typeof filesOf>;
}

function* echo(reader: StreamReader, writer: StreamWriter) {
  for (let some = yield* reader.read(65_536); some.length > 0; some = yield* reader.read(65_536)) {
    writer.write(some);
    yield* writer.drain();
  }
  writer.close();
}

function* through(reader: StreamReader, writer: StreamWriter) {
  const sent = Uint8Array.from({ length: SIZE }, (_, i) => i % 251);
  const [back] = yield* gather(
    reader.readexactly(SIZE),
    (function* () {
      for (let at = 0; at < SIZE; at += 50_000) {
        writer.write(sent.subarray(at, at + 50_000));
        yield* writer.drain();
      }
    })(),
  );
  return Buffer.compare(back, sent) === 0;
}

withCommand("python3", "python3", (python) => {
  /** Starts Python's server, and gives its port. */
  async function served(options: object): Promise<number> {
    const port = await freePort();
    startPeer(python, [SCRIPT, "serve", String(port), JSON.stringify(options)]);
    await listening(port);
    return port;
  }

  /** What Python's client says of our server. */
  async function toldBy(
    options: object,
    server: ServerOptions,
    handler: typeof echo = echo,
  ): Promise<unknown> {
    return await run(async () => {
      const ours = await startServer(handler, "127.0.0.1", 0, server);
      return await ours.with(async () => {
        const port = String(ours.addresses[0]?.port);
        const args = [SCRIPT, "client", port, JSON.stringify(options)];
        const { stdout, stderr } = await runChild(python, args, { timeoutMs: TIMEOUT_MS });
        expect(stderr).toBe("");
        return JSON.parse(stdout) as unknown;
      });
    });
  }

  test("our client and asyncio's server, in the clear", async () => {
    const port = await served({});
    await run(function* () {
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      expect(yield* through(reader, writer)).toBe(true);
      writer.writeEof();
      expect((yield* reader.read()).length).toBe(0);
      writer.close();
    });
  });

  test("asyncio's client and our server, in the clear", async () => {
    expect(await toldBy({}, {})).toMatchObject({ same: true, version: null });
  });

  describe.each(["TLSv1_2", "TLSv1_3"])("by %s", (version) => {
    const ours = version.replace("_", ".") as "TLSv1.2" | "TLSv1.3";

    test("our client and asyncio's server, which asks for a certificate", async () => {
      const { ca, cert, key } = filesOf();
      const port = await served({ tls: true, ca, cert, key, version, clients: true, alpn: ["x", "y"] });
      await run(function* () {
        const ssl = { ca: certificates.ca, ...certificates.client, alpnProtocols: ["y"] };
        const [reader, writer] = yield* openConnection("localhost", port, { ssl, family: 4 });
        expect(writer.getExtraInfo("cipher")?.[1]).toBe(ours);
        expect(writer.getExtraInfo("alpnProtocol")).toBe("y");
        expect(yield* through(reader, writer)).toBe(true);
        writer.close();
        yield* writer.waitClosed();
      });
    });

    test("asyncio's client and our server, which asks for a certificate", async () => {
      const { ca, clientCert, clientKey } = filesOf();
      const theirs = { tls: true, ca, cert: clientCert, key: clientKey, version, alpn: ["y"] };
      const ssl = {
        ...certificates.server,
        ca: certificates.ca,
        verifyMode: "required",
        alpnProtocols: ["x", "y"],
      } as const;
      expect(await toldBy(theirs, { ssl })).toEqual({
        same: true,
        version: ours,
        alpn: "y",
        subject: ["server"],
      });
    });

    test("asyncio's client asks for another name, and gets its certificate", async () => {
      const theirs = { tls: true, ca: filesOf().ca, version, name: "other.example" };
      const ssl = { ...certificates.server, sni: { "other.example": certificates.other } };
      expect(await toldBy(theirs, { ssl })).toMatchObject({ same: true, subject: ["other"] });
      const refused = await toldBy(theirs, { ssl: certificates.server });
      expect(refused).toMatchObject({ error: "SSLCertVerificationError" });
    });
  });

  test("STARTTLS, our client and asyncio's server", async () => {
    // StreamWriter.start_tls is of 3.11.
    const { ca, cert, key } = filesOf();
    const port = await served({ starttls: true, ca, cert, key });
    await run(function* () {
      const [reader, writer] = yield* openConnection("127.0.0.1", port);
      writer.write("STARTTLS\n");
      expect(decoder.decode(yield* reader.readline())).toBe("go ahead\n");
      yield* writer.startTls({ ca: certificates.ca }, { serverHostname: "localhost" });
      expect(yield* through(reader, writer)).toBe(true);
      writer.close();
      yield* writer.waitClosed();
    });
  });

  test("STARTTLS, asyncio's client and our server", async () => {
    const told = await toldBy({ starttls: true, ca: filesOf().ca }, {}, function* (reader, writer) {
      yield* reader.readline();
      writer.write("go ahead\n");
      yield* writer.startTls(certificates.server, { serverSide: true });
      yield* echo(reader, writer);
    });
    expect(told).toMatchObject({ same: true, version: "TLSv1.3" });
  });

  test("a connection under TLS that is cut is an end, so that framed protocols have to look", async () => {
    const { cert, key } = filesOf();
    const port = await served({ tls: true, cert, key, truncate: true });
    await run(function* () {
      const [reader, writer] = yield* openConnection("localhost", port, {
        ssl: { ca: certificates.ca },
        family: 4,
      });
      writer.write("half of it");
      yield* reader.readexactly(10);
      const socket = writer.getExtraInfo("socket") as { end(): void };
      socket.end();
      let error: unknown;
      try {
        yield* reader.readexactly(100);
      } catch (thrown) {
        error = thrown;
      }
      const isTold =
        error instanceof IncompleteReadError || (error as { code: string }).code === "ECONNRESET";
      expect(isTold).toBe(true);
      writer.close();
    });
  });

  test("connecting to who does not answer ends after connectTimeoutMs", async () => {
    const port = await freePort();
    // Its queue is full with the first two, and the system lets the others wait.
    const hold = `import socket, time; s = socket.socket(); s.bind(("127.0.0.1", ${port})); s.listen(0)
print("bound", flush=True); time.sleep(60)`;
    const child = startPeer(python, ["-c", hold]);
    await listening(port);
    await run(async () => {
      const attempts = Array.from({ length: 6 }, () =>
        openConnection("127.0.0.1", port, { connectTimeoutMs: 200 }),
      );
      const codes = (await Promise.allSettled(attempts)).map((each) =>
        each.status === "rejected" ? (each.reason as { code: string }).code : "connected",
      );
      expect(codes).toContain("ETIMEDOUT");
    });
    await child.end();
  });

  // As systemd does it: the descriptors from 3 on are there, and LISTEN_FDS says how many.
  const hand = `import os, socket, sys
tcp, unix = socket.socket(), socket.socket(socket.AF_UNIX)
tcp.bind(("127.0.0.1", int(sys.argv[1])))
unix.bind(sys.argv[2])
for each in (tcp, unix):
    each.listen(10)
for at, each in enumerate([os.dup(each.fileno()) for each in (tcp, unix)], 3):
    os.dup2(each, at)
    os.set_inheritable(at, True)
os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[3], sys.argv[3:])`;

  test.for([thisNode, deno, bun])(
    "descriptors that listen, as systemd hands them over, make servers on $name",
    async (driver, { skip }) => {
      if (driver.path === undefined && process.env.CI === undefined) skip("the host is not on this machine");
      const port = await freePort();
      const path = join(folder, `${driver.name}.sock`);
      const program = fileURLToPath(new URL("inherits.mjs", import.meta.url));
      const [file, args] = driver.command();
      const lines: string[] = [];
      startPeer(python, ["-c", hand, String(port), path, file, ...args, program], {
        cwd: process.cwd(),
        onLine: (line) => lines.push(line),
      });
      await listening(port);
      await run(function* () {
        for (const where of [{ host: "127.0.0.1", port }, { path }]) {
          const [reader, writer] = yield* openConnection(where);
          writer.write("handed over\n");
          expect(decoder.decode(yield* reader.readline())).toBe("handed over\n");
          writer.close();
        }
      });
      expect(lines).toEqual([`<Server on 127.0.0.1:${port}> <Server on a Unix socket>`]);
    },
  );

  // ── asyncio's own protocols of echo, as its documentation has them ───────────────────────────────────────────────

  test("asyncio's echo clients by protocols and our servers, by streams and by protocols", async () => {
    class Echo extends Protocol {
      private transport!: SocketTransport;
      override connectionMade(transport: SocketTransport): void {
        this.transport = transport;
      }
      override dataReceived(bytes: Uint8Array): void {
        this.transport.write(bytes);
      }
      override eofReceived(): unknown {
        return false;
      }
    }
    await run(async () => {
      const servers = [await startServer(echo), await createServer(() => new Echo())];
      for (const server of servers) {
        const args = [SCRIPT, "protocols", String(server.addresses[0]?.port), JSON.stringify({ count: 50 })];
        const { stdout, stderr } = await runChild(python, args, { timeoutMs: TIMEOUT_MS });
        expect(stderr).toBe("");
        expect(JSON.parse(stdout)).toEqual({ same: 50, lost: 50, errors: [] });
        server.close();
        await server.waitClosed();
      }
    });
  });

  test("asyncio's echo client by datagrams and our endpoint", async () => {
    class Echo extends DatagramProtocol {
      private transport!: DatagramTransport;
      override connectionMade(transport: DatagramTransport): void {
        this.transport = transport;
      }
      override datagramReceived(bytes: Uint8Array, address: SocketAddress): void {
        this.transport.sendto(bytes, address);
      }
    }
    await run(async () => {
      const localAddr = { host: "127.0.0.1", port: 0 };
      const [transport] = await createDatagramEndpoint(() => new Echo(), { localAddr });
      const args = [SCRIPT, "datagrams", String(transport.getExtraInfo("sockname")?.port)];
      const { stdout, stderr } = await runChild(python, args, { timeoutMs: TIMEOUT_MS });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual({ same: 20 });
      transport.close();
    });
  });
});

withCommand("openssl", "openssl", (openssl) => {
  test("openssl s_client says that our server is verified, and gets its answer", async () => {
    const { ca } = filesOf();
    await run(async () => {
      const server = await startServer(
        async (reader, writer) => {
          writer.write(`you said ${decoder.decode(await reader.readline())}`);
          writer.close();
        },
        "127.0.0.1",
        0,
        { ssl: { ...certificates.server, alpnProtocols: ["x"] } },
      );
      await server.with(async () => {
        const at = `127.0.0.1:${server.addresses[0]?.port}`;
        const args = `(echo hello; sleep 1) | ${openssl} s_client -connect ${at} -servername localhost -CAfile ${ca} -alpn x -verify_return_error 2>&1`;
        const { stdout } = await runChild("/bin/sh", ["-c", args], { timeoutMs: TIMEOUT_MS });
        expect(stdout).toContain("Verify return code: 0 (ok)");
        expect(stdout).toContain("ALPN protocol: x");
        expect(stdout).toContain("you said hello");
      });
    });
  });

  test("our client and openssl s_server, which answers in capitals", async () => {
    const { cert, key } = filesOf();
    const port = await freePort();
    startPeer(openssl, [
      "s_server",
      "-accept",
      `127.0.0.1:${port}`,
      "-cert",
      cert,
      "-key",
      key,
      "-www",
      "-quiet",
    ]);
    await listening(port);
    await run(function* () {
      const [reader, writer] = yield* openConnection("localhost", port, {
        ssl: { ca: certificates.ca },
        family: 4,
      });
      writer.write("GET / HTTP/1.0\r\n\r\n");
      const answer = decoder.decode(yield* reader.read());
      expect(answer).toContain("HTTP/1.0 200 ok");
      expect(answer).toContain("TLSv1.3");
      writer.close();
      yield* writer.waitClosed();
    });
  });
});
