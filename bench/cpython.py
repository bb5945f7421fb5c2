"""The programs of queue.mjs, lock.mjs and task-group.mjs on CPython's asyncio.

    python3 bench/cpython.py NAME OPERATIONS

Prints {"ns": the median time an operation takes}. Started anew for each turn, by cpython.mjs.
"""

import asyncio
import gc
import json
import statistics
import sys
import time

SAMPLES = 5
WARMUP_SAMPLES = 2

TASKS_AT_LOCK = 10
TASKS_IN_GROUP = 1000


async def consume(queue, items):
    for _ in range(items):
        await queue.get()


async def hand_over(size, items):
    queue = asyncio.Queue(size)
    consumer = asyncio.create_task(consume(queue, items))
    for i in range(items):
        await queue.put(i)
    await consumer


async def take_turns(lock, turns):
    for _ in range(turns):
        async with lock:
            await asyncio.sleep(0)


async def pass_lock(turns):
    lock = asyncio.Lock()
    tasks = [asyncio.create_task(take_turns(lock, turns // TASKS_AT_LOCK)) for _ in range(TASKS_AT_LOCK)]
    for task in tasks:
        await task


async def returning(i):
    return i


async def giving_way(i):
    await asyncio.sleep(0)
    return i


async def run_groups(body, tasks):
    for _ in range(tasks // TASKS_IN_GROUP):
        async with asyncio.TaskGroup() as group:
            for i in range(TASKS_IN_GROUP):
                group.create_task(body(i))


PROGRAMS = {
    "queue-1": lambda operations: hand_over(1, operations),
    "queue-16": lambda operations: hand_over(16, operations),
    "lock": pass_lock,
    "group": lambda operations: run_groups(returning, operations),
    "group-giving-way": lambda operations: run_groups(giving_way, operations),
}


def main(name, operations):
    loop = asyncio.new_event_loop()
    samples = []
    gc.collect()
    for _ in range(WARMUP_SAMPLES + SAMPLES):
        start = time.perf_counter_ns()
        loop.run_until_complete(PROGRAMS[name](operations))
        samples.append(time.perf_counter_ns() - start)
    loop.close()
    print(json.dumps({"ns": statistics.median(samples[WARMUP_SAMPLES:]) / operations}))


main(sys.argv[1], int(sys.argv[2]))
