"""Items 59 to 65: locks, queues, and the end of a run."""

import asyncio

from conformance.harness import item


async def hold(run, name, primitive, ms=0):
    async with primitive:
        run.record(f"{name} has it")
        await asyncio.sleep(ms)


@item(59, "no task takes a Lock or Semaphore out of turn")
async def no_barging(run):
    for primitive in (asyncio.Lock(), asyncio.Semaphore(1)):
        await primitive.acquire()
        first = asyncio.create_task(hold(run, "first", primitive))
        await asyncio.sleep(1)
        # Free for an instant, but the first in line has been promised it.
        primitive.release()
        second = asyncio.create_task(hold(run, "second", primitive))
        await hold(run, "who released it", primitive)
        await asyncio.gather(first, second)


@item(59, "cancelled after being woken, one passes the turn on")
async def turn_passed_on(run):
    for primitive in (asyncio.Lock(), asyncio.Semaphore(1)):
        await primitive.acquire()
        first = asyncio.create_task(hold(run, "first", primitive))
        second = asyncio.create_task(hold(run, "second", primitive))
        await asyncio.sleep(1)
        primitive.release()
        first.cancel()
        await run.attempt_await("first", first)
        await run.attempt_await("second", second)
        run.record("locked", primitive.locked())


@item(59, "what is not held cannot be released")
async def released_by_none(run):
    run.attempt("Lock", asyncio.Lock().release)
    run.attempt("BoundedSemaphore", asyncio.BoundedSemaphore(1).release)
    run.attempt("Condition", asyncio.Condition().release)
    await run.refused("a semaphore below zero", lambda: asyncio.Semaphore(-1))


@item(60, "a Condition takes its lock again, even when its wait is cancelled")
async def condition_takes_lock_again(run):
    condition = asyncio.Condition()

    async def wait():
        async with condition:
            try:
                await condition.wait()
            finally:
                run.record("wait is over, locked", condition.locked())

    waiter = asyncio.create_task(wait())
    await asyncio.sleep(1)
    async with condition:
        waiter.cancel()
        await asyncio.sleep(10)
        run.record("release")
    await run.attempt_await("waiter", waiter)


@item(60, "cancelled after it was notified, a waiter notifies another")
async def notification_passed_on(run):
    condition = asyncio.Condition()

    async def wait(name):
        async with condition:
            await condition.wait()
            run.record(f"{name} was notified")

    first, second = asyncio.create_task(wait("first")), asyncio.create_task(wait("second"))
    await asyncio.sleep(1)
    async with condition:
        condition.notify(1)
    first.cancel()
    await run.attempt_await("first", first)
    await run.attempt_await("second", second)


@item(60, "a Condition is used under its lock")
async def condition_without_lock(run):
    condition = asyncio.Condition()
    await run.attempt_await("wait", condition.wait())
    run.attempt("notify", condition.notify)


@item(60, "a Condition notifies no task for a count below one")
async def condition_notifies_none(run):
    async def wait():
        async with condition:
            return await condition.wait()

    condition = asyncio.Condition()
    waiter = asyncio.create_task(wait())
    await asyncio.sleep(1)
    async with condition:
        run.attempt("none", condition.notify, 0)
        run.attempt("less", condition.notify, -1)
    await asyncio.sleep(1)
    run.record("notified", waiter.done())
    async with condition:
        condition.notify()
    await run.attempt_await("waiter", waiter)


@item(61, "an Event set and cleared still wakes who waited")
async def event_set_and_cleared(run):
    async def wait():
        run.record("waited", await event.wait())

    event = asyncio.Event()
    waiter = asyncio.create_task(wait())
    await asyncio.sleep(1)
    event.set()
    event.clear()
    await waiter
    run.record("set", event.is_set())


@item(62, "a getter or putter cancelled after being woken wakes the next")
async def queue_turn_passed_on(run):
    queue = asyncio.Queue(1)
    getters = [asyncio.create_task(queue.get()) for _ in range(2)]
    await asyncio.sleep(1)
    queue.put_nowait("item")
    getters[0].cancel()
    await run.attempt_await("first getter", getters[0])
    await run.attempt_await("second getter", getters[1])
    queue.put_nowait("full")
    putters = [asyncio.create_task(queue.put(name)) for name in ("first", "second")]
    await asyncio.sleep(1)
    queue.get_nowait()
    putters[0].cancel()
    await run.attempt_await("first putter", putters[0])
    await run.attempt_await("second putter", putters[1])
    run.record("in the queue", queue.get_nowait())


@item(62, "get_nowait can take an item from a getter that was woken for it")
async def item_taken(run):
    queue = asyncio.Queue()
    getter = asyncio.create_task(queue.get())
    await asyncio.sleep(1)
    queue.put_nowait("first")
    run.record("taken", queue.get_nowait())
    await asyncio.sleep(1)
    run.record("getter done", getter.done())
    queue.put_nowait("second")
    await run.attempt_await("getter", getter)


@item(63, "shutdown lets the queue be drained")
async def shutdown_drains(run):
    queue = asyncio.Queue(2)
    queue.put_nowait("one")
    queue.put_nowait("two")
    putter = asyncio.create_task(queue.put("three"))
    await asyncio.sleep(1)
    queue.shutdown()
    await run.attempt_await("waiting putter", putter)
    await run.attempt_await("put", queue.put("four"))
    for _ in range(3):
        await run.attempt_await("get", queue.get())
    run.attempt("get_nowait", queue.get_nowait)


@item(63, "immediate shutdown empties the queue and releases join")
async def shutdown_immediate(run):
    queue = asyncio.Queue()
    queue.put_nowait("one")
    queue.put_nowait("two")
    joiner = asyncio.create_task(queue.join())
    await asyncio.sleep(1)
    queue.shutdown(immediate=True)
    await run.attempt_await("join", joiner)
    run.record("size", queue.qsize())
    await run.attempt_await("get", queue.get())


@item(63, "one task_done too many is an error")
async def task_done_too_often(run):
    queue = asyncio.Queue(1)
    queue.put_nowait("item")
    run.attempt("full", queue.put_nowait, "more")
    queue.get_nowait()
    run.attempt("empty", queue.get_nowait)
    run.attempt("task_done", queue.task_done)
    run.attempt("task_done again", queue.task_done)


@item(64, "a Barrier numbers those who wait, and opens for all at once")
async def barrier_opens(run):
    async def wait(name, ms):
        await asyncio.sleep(ms)
        run.record(f"{name} passes as", await barrier.wait())

    barrier = asyncio.Barrier(3)
    await asyncio.gather(wait("slow", 30), wait("quick", 10), wait("middle", 20))
    await run.refused("a barrier for no task", lambda: asyncio.Barrier(0))


@item(64, "an aborted or reset Barrier raises in those who wait")
async def barrier_broken(run):
    barrier = asyncio.Barrier(2)
    for break_it in (barrier.reset, barrier.abort):
        waiter = asyncio.create_task(barrier.wait())
        await asyncio.sleep(1)
        run.record("waiting", barrier.n_waiting)
        await break_it()
        await run.attempt_await("waiter", waiter)
        run.record("broken", barrier.broken)
    await run.attempt_await("wait", barrier.wait())


@item(65, "at the end of a run: cancel the tasks, close the async generators, close the loop")
def end_of_run(run):
    async def generator():
        try:
            yield 1
        finally:
            run.record("generator closed, loop closed", run.loop.is_closed())

    async def left_behind():
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(5)
            run.record("task cleaned up")

    async def main():
        asyncio.create_task(left_behind())
        started = generator()
        await anext(started)
        await asyncio.sleep(1)
        run.record("main ends")
        generators.append(started)

    generators = []
    with asyncio.Runner(loop_factory=lambda: run.loop) as runner:
        runner.run(main())
    run.record("loop closed", run.loop.is_closed())
