"""The other end of a connection, by Python's own asyncio: `peer.py MODE PORT [JSON]`. Prints a line of JSON for what came of it."""
import asyncio
import json
import ssl
import sys

MODE, PORT = sys.argv[1], int(sys.argv[2])
OPTIONS = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
HOST = "127.0.0.1"


def context(server):
    purpose = ssl.Purpose.CLIENT_AUTH if server else ssl.Purpose.SERVER_AUTH
    made = ssl.create_default_context(purpose, cafile=OPTIONS.get("ca"))
    if "cert" in OPTIONS:
        made.load_cert_chain(OPTIONS["cert"], OPTIONS["key"])
    if OPTIONS.get("clients"):
        made.verify_mode = ssl.CERT_REQUIRED
    if "version" in OPTIONS:
        made.minimum_version = made.maximum_version = getattr(ssl.TLSVersion, OPTIONS["version"])
    if "alpn" in OPTIONS:
        made.set_alpn_protocols(OPTIONS["alpn"])
    return made


def tell(**what):
    print(json.dumps(what), flush=True)


async def echo(reader, writer):
    try:
        if OPTIONS.get("starttls"):
            await reader.readline()
            writer.write(b"go ahead\n")
            await writer.drain()
            await writer.start_tls(context(True))
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if OPTIONS.get("truncate"):
            writer.transport.abort()
    except (ConnectionError, ssl.SSLError) as error:
        tell(error=type(error).__name__)
    finally:
        writer.close()


async def serve():
    secured = OPTIONS.get("tls") and context(True)
    server = await asyncio.start_server(echo, HOST, PORT, ssl=secured or None)
    tell(ready=True)
    await server.serve_forever()


async def client():
    secured = OPTIONS.get("tls") and context(False)
    kinds = {"ssl": secured, "server_hostname": OPTIONS.get("name", "localhost")} if secured else {}
    reader, writer = await asyncio.open_connection(HOST, PORT, **kinds)
    if OPTIONS.get("starttls"):
        writer.write(b"STARTTLS\n")
        await reader.readline()
        await writer.start_tls(context(False), server_hostname=OPTIONS.get("name", "localhost"))
    size = OPTIONS.get("size", 1_000_000)
    sent = bytes(i % 251 for i in range(size))

    async def write():
        for start in range(0, size, 65536):
            writer.write(sent[start : start + 65536])
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    writing = asyncio.create_task(write())
    back = await reader.readexactly(size)
    await writing
    subject = writer.get_extra_info("peercert") or {}
    wrapped = writer.get_extra_info("ssl_object")
    tell(
        same=back == sent,
        version=wrapped and wrapped.version(),
        alpn=wrapped and wrapped.selected_alpn_protocol(),
        subject=[value for part in subject.get("subject", ()) for name, value in part],
    )
    writer.close()
    await writer.wait_closed()


class EchoClient(asyncio.Protocol):
    """The client of asyncio's documentation, which also counts what is wrong."""

    def __init__(self, message, ended):
        self.message, self.ended, self.got = message, ended, b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.message)

    def data_received(self, data):
        self.got += data
        if len(self.got) >= len(self.message):
            self.transport.close()

    def connection_lost(self, error):
        self.ended.set_result(error)


async def protocols():
    loop = asyncio.get_running_loop()
    clients = []
    for i in range(OPTIONS["count"]):
        message = f"Hello World! {i}".encode() * (1 if i % 2 else 20_000)
        made = loop.create_connection(lambda message=message: EchoClient(message, loop.create_future()), HOST, PORT)
        clients.append((await made)[1])
    errors = [error for error in await asyncio.gather(*(client.ended for client in clients)) if error is not None]
    same = sum(client.got == client.message for client in clients)
    tell(same=same, lost=len(clients), errors=[str(error) for error in errors])


class DatagramClient(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport, self.got = transport, asyncio.Queue()

    def datagram_received(self, data, address):
        self.got.put_nowait(data)


async def datagrams():
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(DatagramClient, remote_addr=(HOST, PORT))
    same = 0
    for i in range(20):
        message = f"Hello World! {i}".encode() * (i + 1)
        transport.sendto(message)
        same += await asyncio.wait_for(client.got.get(), 5) == message
    transport.close()
    tell(same=same)


MODES = {"serve": serve, "client": client, "protocols": protocols, "datagrams": datagrams}


async def main():
    try:
        await MODES[MODE]()
    except Exception as error:
        tell(error=type(error).__name__, reason=str(error))


asyncio.run(main())
