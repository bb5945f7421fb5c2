/** Cases: sockets and servers that the program has made with the host's own module, and gives as `sock`. */
import { assert } from "chai";
import {
  connectAcceptedSocket,
  createTask,
  openConnection,
  Protocol,
  run,
  type SocketTransport,
  type StreamReader,
  type StreamWriter,
  startServer,
} from "wasyncio";
import type { Certificates } from "../../io/certificates.ts";
import { casesOf, type Here, listens, listensWithTls, needing } from "./case.ts";

const HOST = "127.0.0.1";
const decoder = new TextDecoder();

/** As much as is used of the host's net.Socket and net.Server, which a program that runs everywhere cannot import. */
interface HostEnd {
  once(event: string, listener: (value: never) => void): unknown;
  destroy(): void;
}
type Connecting = HostEnd & { connect(port: number, host: string): unknown };
type Listening = HostEnd & {
  listen(port: number, host: string): unknown;
  address(): { readonly port: number };
  close(): void;
};

function made<T>(one: unknown): T {
  return new (one as { readonly constructor: new () => T }).constructor();
}

function happened<T>(emitter: HostEnd, event: string): Promise<T> {
  return new Promise((resolve) => emitter.once(event, resolve));
}

async function failureOf(waiting: PromiseLike<unknown>): Promise<string> {
  try {
    await waiting;
    return "no error";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

/** A net.Socket that is connected to the port. */
async function connectedTo({ echoPort }: Here, port: number): Promise<HostEnd> {
  const [, writer] = await openConnection(HOST, echoPort);
  const socket = made<Connecting>(writer.getExtraInfo("socket"));
  writer.close();
  socket.connect(port, HOST);
  await happened(socket, "connect");
  return socket;
}

/** A net.Server that listens. */
async function listening(): Promise<Listening> {
  const example = await startServer(() => {}, HOST, 0);
  const server = made<Listening>(example.sockets[0]);
  example.close();
  server.listen(0, HOST);
  await happened(server, "listening");
  return server;
}

async function saysBack(reader: StreamReader, writer: StreamWriter): Promise<void> {
  writer.write("hello\n");
  assert.equal(decoder.decode(await reader.readline()), "hello\n");
  writer.close();
  await writer.waitClosed();
}

/** Sends back what it gets. */
class Echo extends Protocol {
  transport: SocketTransport | undefined;
  override connectionMade(transport: SocketTransport): void {
    this.transport = transport;
  }
  override dataReceived(bytes: Uint8Array): void {
    this.transport?.write(bytes);
  }
}

export const ownSockets = casesOf("own sockets", {
  "a connected net.Socket as sock": needing(listens, (here) =>
    run(async () => {
      const sock = await connectedTo(here, here.echoPort);
      const [reader, writer] = await openConnection({ sock });
      assert.equal(await failureOf(openConnection({ sock })), "EBUSY");
      await saysBack(reader, writer);
    }),
  ),

  "the same with ssl": needing(listensWithTls, (here) =>
    run(async () => {
      const { ca } = here.certificates as Certificates;
      const secured = async (serverHostname: string) => {
        const sock = await connectedTo(here, here.tlsPort);
        return await openConnection({ sock, ssl: { ca }, serverHostname });
      };
      const [reader, writer] = await secured("localhost");
      assert.equal(writer.getExtraInfo("cipher")?.[1], "TLSv1.3");
      await saysBack(reader, writer);
      assert.equal(await failureOf(secured("other.example")), "ERR_TLS_CERT_ALTNAME_INVALID");
    }),
  ),

  "a tls.TLSSocket as sock is refused, since its bytes would pass for plain ones": needing(
    listensWithTls,
    (here) =>
      run(async () => {
        const { ca } = here.certificates as Certificates;
        const ssl = { ca };
        const [reader, writer] = await openConnection("localhost", here.tlsPort, { ssl, family: 4 });
        const sock = writer.getExtraInfo("socket");
        for (const opening of [
          () => openConnection({ sock }),
          () => openConnection({ sock, ssl, serverHostname: "localhost" }),
          () => connectAcceptedSocket(() => new Protocol(), sock),
        ])
          assert.equal(await failureOf(opening()), "EINVAL");
        await saysBack(reader, writer);
      }),
  ),

  "a net.Server that listens as sock, plain and with ssl": needing(listensWithTls, (here) =>
    run(async () => {
      const { ca, server: identity } = here.certificates as Certificates;
      const echo = async (reader: StreamReader, writer: StreamWriter) => {
        writer.write(await reader.readline());
        writer.close();
      };
      for (const ssl of [undefined, identity]) {
        const sock = await listening();
        const server = await startServer(echo, { sock, ssl });
        const { port } = sock.address();
        assert.equal(server.addresses[0]?.port, port);
        const secure = ssl === undefined ? {} : { ssl: { ca }, serverHostname: "localhost" };
        const [reader, writer] = await openConnection(HOST, port, secure);
        assert.equal(writer.getExtraInfo("cipher") === undefined, ssl === undefined);
        await saysBack(reader, writer);
        server.close();
        await server.waitClosed();
      }
    }),
  ),

  "connectAcceptedSocket takes what was accepted elsewhere, plain and with ssl": needing(
    listensWithTls,
    (here) =>
      run(async () => {
        const { ca, server: identity } = here.certificates as Certificates;
        const server = await listening();
        for (const ssl of [undefined, identity]) {
          const accepting = happened(server, "connection");
          const secure = ssl === undefined ? {} : { ssl: { ca }, serverHostname: "localhost" };
          const connecting = createTask(openConnection(HOST, server.address().port, secure));
          const [transport] = await connectAcceptedSocket(() => new Echo(), await accepting, { ssl });
          const [reader, writer] = await connecting;
          assert.equal(transport.getExtraInfo("cipher") === undefined, ssl === undefined);
          await saysBack(reader, writer);
          transport.close();
        }
        server.close();
      }),
  ),
});
