"""The echo servers of the workloads "network-…" on CPython: as server.mjs, which says what is printed and what is read.

    python3 server.py KIND LOOP

KIND is protocol or streams, LOOP asyncio or uvloop.
"""

import asyncio
import os
import resource
import sys

HOST = "127.0.0.1"
BACKLOG = 2048
READ_BYTES_MAX = 64 * 1024


def once(writer, data):
    writer.write(data)


def thrice(writer, data):
    third = len(data) // 3
    writer.write(data[:third])
    writer.write(data[third : 2 * third])
    writer.write(data[2 * third :])


class Echo(asyncio.Protocol):
    def __init__(self, write):
        self.write = write

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.write(self.transport, data)


def echo_by(write):
    async def echo(reader, writer):
        while data := await reader.read(READ_BYTES_MAX):
            write(writer, data)
            await writer.drain()
        writer.close()

    return echo


async def listen(kind, write):
    loop = asyncio.get_running_loop()
    if kind == "protocol":
        return await loop.create_server(lambda: Echo(write), HOST, 0, backlog=BACKLOG)
    return await asyncio.start_server(echo_by(write), HOST, 0, backlog=BACKLOG)


def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * resource.getpagesize()


async def main(kind):
    servers = [await listen(kind, once), await listen(kind, thrice)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)

    def asked():
        if not sys.stdin.readline():
            os._exit(0)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(int(usage.ru_utime * 1e6), int(usage.ru_stime * 1e6), resident(), flush=True)

    asyncio.get_running_loop().add_reader(sys.stdin, asked)
    await asyncio.Event().wait()


if __name__ == "__main__":
    kind, loop = sys.argv[1:]
    # As Node does by itself.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if loop == "uvloop":
        import uvloop

        uvloop.install()
    asyncio.run(main(kind))
