"""Items 66 and 67: what the streams promise, without a connection."""

import asyncio
import asyncio.transports

from conformance.harness import item


@item(66, "writing pauses above the high mark, and resumes at the low one")
async def water_marks(run):
    class Protocol:
        def pause_writing(self):
            run.record("pause at", transport.size)

        def resume_writing(self):
            run.record("resume at", transport.size)

    class Transport(asyncio.transports._FlowControlMixin):
        size = 0

        def get_write_buffer_size(self):
            return self.size

    transport = Transport(loop=run.loop)
    transport._protocol = Protocol()
    run.record("low and high", transport.get_write_buffer_limits())
    for size in (65536, 65537, 65538):
        transport.size = size
        transport._maybe_pause_protocol()
    for size in (16385, 16384, 16383):
        transport.size = size
        transport._maybe_resume_protocol()


def reader_with(data, limit=2**16):
    reader = asyncio.StreamReader(limit=limit)
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@item(67, "what came before the end is in the error")
async def incomplete_read(run):
    for read in (lambda reader: reader.readexactly(10), lambda reader: reader.readuntil(b"|")):
        reader = reader_with(b"short")
        try:
            await read(reader)
        except asyncio.IncompleteReadError as error:
            run.record("raised with", error.partial.decode())
        run.record("left", (await reader.read()).decode())


@item(67, "a line that is too long stays in the buffer")
async def limit_overrun(run):
    reader = reader_with(b"0123456789|rest", limit=5)
    await run.attempt_await("readuntil", reader.readuntil(b"|"))
    run.record("left", (await reader.read()).decode())


@item(67, "readline drops a line that is too long")
async def line_too_long(run):
    reader = reader_with(b"0123456789\nrest", limit=5)
    await run.refused("readline", reader.readline)
    run.record("left", (await reader.read()).decode())


@item(67, "of several separators the match that ends first counts")
async def several_separators(run):
    for data, separators in ((b"a--b+c", (b"+", b"--")), (b"ab+++", (b"+++", b"+")), (b"ab\r\nc", (b"\n", b"\r\n"))):
        chunk = await reader_with(data).readuntil(separators)
        run.record(data.decode(), chunk.decode())
