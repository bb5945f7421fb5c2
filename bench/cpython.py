"""The workloads of bench/workloads on CPython's asyncio, by the same names.

    python3 cpython.py --list
    python3 cpython.py WORKLOAD LOOP SIZE SAMPLES WARMUPS CLOCK

LOOP is asyncio or uvloop; CLOCK is wall or processor, by which time is taken. Prints the samples, nanoseconds an operation, as JSON.
Each program does what its namesake does in JavaScript, counts it, and fails if it was not done in full. Started anew for each turn,
by measure/cpython.ts.
"""

import asyncio
import gc
import json
import sys
import time

FAR_S_MIN = 60
FAR_S_MAX = 120
NEAR_S_MAX = 0.01
CHURNS = 100_000
SWITCHES_EACH = 100
REPEATS = 10
ITEMS = 10_000
TURNS_EACH = 1000
PLACES = 4
LINE_BYTES = 64
ROUND_TRIPS = 500
CHUNK_BYTES = 64 * 1024
READ_BYTES_MAX = 256 * 1024

CLOCKS = {"wall": time.perf_counter_ns, "processor": time.process_time_ns}
clock = CLOCKS["wall"]


def random_numbers(count, low, high):
    """As random.ts has them."""
    state = 42
    numbers = []
    for _ in range(count):
        state = (state * 48_271) % 0x7FFFFFFF
        numbers.append(low + (state / 0x7FFFFFFF) * (high - low))
    return numbers


def expect(what, count, expected):
    if count != expected:
        raise AssertionError(f"{what}: {count} instead of {expected}")


def nothing():
    pass


# Each program takes the loop and the size, and gives a function that does it once and answers (nanoseconds, operations).


def whole(loop, operations, main):
    """Times a coroutine function from outside."""

    def sample():
        began = clock()
        loop.run_until_complete(main())
        return clock() - began, operations

    return sample


def call_soon_chain(loop, size):
    async def main():
        done = loop.create_future()
        left = size

        def link():
            nonlocal left
            left -= 1
            if left == 0:
                done.set_result(None)
            else:
                loop.call_soon(link)

        loop.call_soon(link)
        await done
        expect("links left", left, 0)

    return whole(loop, size, main)


def call_soon_batch(loop, size):
    async def main():
        done = loop.create_future()
        ran = 0

        def callback():
            nonlocal ran
            ran += 1
            if ran == size:
                done.set_result(None)

        for _ in range(size):
            loop.call_soon(callback)
        await done
        expect("callbacks", ran, size)

    return whole(loop, size, main)


def timers_set_cancel(loop, size):
    delays = random_numbers(size, FAR_S_MIN, FAR_S_MAX)

    def sample():
        began = clock()
        handles = [loop.call_later(delay, nothing) for delay in delays]
        for handle in handles:
            handle.cancel()
        took = clock() - began
        # Where cancelled timers are thrown out in the next turn, that turn is part of what they cost.
        began = clock()
        loop.run_until_complete(asyncio.sleep(0))
        return took + clock() - began, size

    return sample


def timers_set_fire(loop, size):
    delays = random_numbers(size, 0.001, NEAR_S_MAX)

    async def main():
        done = loop.create_future()
        fired = 0

        def callback():
            nonlocal fired
            fired += 1
            if fired == size:
                done.set_result(None)

        began = clock()
        for delay in delays:
            loop.call_later(delay, callback)
        set_ns = clock() - began
        time.sleep(NEAR_S_MAX + 0.001)
        began = clock()
        await done
        fire_ns = clock() - began
        expect("timers fired", fired, size)
        return set_ns + fire_ns, size

    return lambda: loop.run_until_complete(main())


def timers_churn(loop, size):
    delays = random_numbers(CHURNS, FAR_S_MIN, FAR_S_MAX)
    victims = [int(victim) for victim in random_numbers(CHURNS, 0, size)]
    handles = [loop.call_later(delays[i % CHURNS], nothing) for i in range(size)]

    async def main():
        # In one callback, as its namesakes; but cancelled timers are thrown out by turns, so there are some.
        for i in range(CHURNS):
            handles[victims[i]].cancel()
            handles[victims[i]] = loop.call_later(delays[i], nothing)
            if i % 1000 == 0:
                await asyncio.sleep(0)

    return whole(loop, CHURNS, main)


def task_switch(loop, size):
    switches = 0

    async def body():
        nonlocal switches
        for _ in range(SWITCHES_EACH):
            await asyncio.sleep(0)
            switches += 1

    async def main():
        nonlocal switches
        switches = 0
        tasks = [asyncio.create_task(body()) for _ in range(size)]
        for task in tasks:
            await task
        expect("switches", switches, size * SWITCHES_EACH)

    return whole(loop, size * SWITCHES_EACH, main)


def many(loop, size, giving_way, once):
    ended = 0

    async def body(i):
        nonlocal ended
        if giving_way:
            await asyncio.sleep(0)
        ended += 1
        return i

    async def main():
        nonlocal ended
        ended = 0
        for _ in range(REPEATS):
            await once(body, size)
        expect("tasks ended", ended, size * REPEATS)

    return whole(loop, size * REPEATS, main)


async def by_gather(body, size):
    await asyncio.gather(*[body(i) for i in range(size)])


async def by_task_group(body, size):
    async with asyncio.TaskGroup() as group:
        for i in range(size):
            group.create_task(body(i))


def ping_pong(loop, size):
    async def main():
        ping = loop.create_future()
        pong = loop.create_future()
        returned = 0

        async def returner():
            nonlocal ping, returned
            for _ in range(size):
                await ping
                ping = loop.create_future()
                returned += 1
                pong.set_result(None)

        other = asyncio.create_task(returner())
        for _ in range(size):
            pong = loop.create_future()
            ping.set_result(None)
            await pong
        await other
        expect("balls", returned, size)

    return whole(loop, size, main)


def cancel(loop, size):
    cleaned = 0

    async def sleeping():
        nonlocal cleaned
        try:
            await asyncio.sleep(600)
        finally:
            cleaned += 1

    async def main():
        nonlocal cleaned
        cleaned = 0
        tasks = [asyncio.create_task(sleeping()) for _ in range(size)]
        await asyncio.sleep(0)
        began = clock()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        took = clock() - began
        expect("tasks cleaned up", cleaned, size)
        return took, size

    return lambda: loop.run_until_complete(main())


def queue(loop, size):
    async def main():
        places = asyncio.Queue(size)
        total = 0

        async def consume():
            nonlocal total
            for _ in range(ITEMS):
                total += await places.get()

        consumer = asyncio.create_task(consume())
        for i in range(ITEMS):
            await places.put(i)
        await consumer
        expect("sum of the items", total, ITEMS * (ITEMS - 1) // 2)

    return whole(loop, ITEMS, main)


def in_line(loop, tasks, make):
    async def main():
        line = make()
        turns = 0

        async def take_turns():
            nonlocal turns
            for _ in range(TURNS_EACH):
                async with line:
                    await asyncio.sleep(0)
                    turns += 1

        takers = [asyncio.create_task(take_turns()) for _ in range(tasks)]
        for taker in takers:
            await taker
        expect("turns", turns, tasks * TURNS_EACH)

    return whole(loop, tasks * TURNS_EACH, main)


def read_lines(loop, size):
    chunk = (b"\7" * (LINE_BYTES - 1) + b"\n") * size

    async def main():
        reader = asyncio.StreamReader(limit=len(chunk))
        reader.feed_data(chunk)
        reader.feed_eof()
        lines = 0
        began = clock()
        while await reader.readline():
            lines += 1
        took = clock() - began
        expect("lines", lines, size)
        return took, size

    return lambda: loop.run_until_complete(main())


def over_streams(loop, operations, serve, talk):
    async def connect():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        return await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])

    reader, writer = loop.run_until_complete(connect())
    return whole(loop, operations, lambda: talk(reader, writer))


def tcp_echo(loop, size):
    message = b"\7" * size

    async def echo(reader, writer):
        while data := await reader.read(READ_BYTES_MAX):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def talk(reader, writer):
        for _ in range(ROUND_TRIPS):
            writer.write(message)
            await writer.drain()
            expect("bytes that came back", len(await reader.readexactly(size)), size)

    return over_streams(loop, ROUND_TRIPS, echo, talk)


def tcp_stream(loop, size):
    chunk = b"\7" * CHUNK_BYTES

    async def swallow(reader, writer):
        missing = size
        while data := await reader.read(READ_BYTES_MAX):
            missing -= len(data)
            if missing <= 0:
                missing += size
                writer.write(b"\0")
                await writer.drain()
        writer.close()

    async def talk(reader, writer):
        for _ in range(size // CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        expect("receipts", len(await reader.readexactly(1)), 1)

    return over_streams(loop, size // 1024, swallow, talk)


WORKLOADS = {
    "call-soon-chain": call_soon_chain,
    "call-soon-batch": call_soon_batch,
    "timers-set-cancel": timers_set_cancel,
    "timers-set-fire": timers_set_fire,
    "timers-churn": timers_churn,
    "task-switch": task_switch,
    "task-switch-sleep": task_switch,
    "task-switch-async": task_switch,
    "spawn-gather": lambda loop, size: many(loop, size, False, by_gather),
    "spawn-gather-yield": lambda loop, size: many(loop, size, True, by_gather),
    "spawn-gather-async": lambda loop, size: many(loop, size, True, by_gather),
    "task-group": lambda loop, size: many(loop, size, True, by_task_group),
    "ping-pong": ping_pong,
    "ping-pong-async": ping_pong,
    "cancel": cancel,
    "cancel-async": cancel,
    "queue": queue,
    "queue-async": queue,
    "lock": lambda loop, size: in_line(loop, size, asyncio.Lock),
    "lock-async": lambda loop, size: in_line(loop, size, asyncio.Lock),
    "semaphore": lambda loop, size: in_line(loop, size, lambda: asyncio.Semaphore(PLACES)),
    "read-lines": read_lines,
    "read-lines-async": read_lines,
    "tcp-echo": tcp_echo,
    "tcp-echo-async": tcp_echo,
    "tcp-stream": tcp_stream,
}


def new_loop(name):
    if name == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def main(workload, loop_name, size, samples, warmups, clock_name):
    global clock
    clock = CLOCKS[clock_name]
    loop = new_loop(loop_name)
    asyncio.set_event_loop(loop)
    sample = WORKLOADS[workload](loop, size)
    gc.collect()
    results = [sample() for _ in range(warmups + samples)]
    print(json.dumps([took / operations for took, operations in results[warmups:]]), flush=True)
    # Nobody asks what is left open: the process was made for this one answer.
    loop.stop()


if sys.argv[1:] == ["--list"]:
    print(json.dumps(list(WORKLOADS)))
else:
    main(*sys.argv[1:3], *map(int, sys.argv[3:6]), sys.argv[6])
