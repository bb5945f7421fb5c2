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


async def main():
    try:
        await (serve() if MODE == "serve" else client())
    except Exception as error:
        tell(error=type(error).__name__, reason=str(error))


asyncio.run(main())
