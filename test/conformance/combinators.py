"""Items 38 to 44: gather, shield, wait and as_completed."""

import asyncio

from conformance.harness import item


async def after(ms, value=None):
    await asyncio.sleep(ms)
    return value


async def fail_after(ms, message):
    await asyncio.sleep(ms)
    raise ValueError(message)


@item(38, "the first error leaves gather at once, and the siblings go on")
async def gather_fails(run):
    async def sibling():
        await asyncio.sleep(20)
        run.record("sibling ends")

    await run.attempt_await("gather", asyncio.gather(fail_after(10, "first"), fail_after(15, "second"), sibling()))
    await asyncio.sleep(20)


@item(38, "gather with return_exceptions gives them in place")
async def gather_returns_exceptions(run):
    cancelled = asyncio.create_task(after(10))
    asyncio.get_running_loop().call_later(1, cancelled.cancel)
    results = await asyncio.gather(after(3, "value"), fail_after(2, "error"), cancelled, return_exceptions=True)
    run.record("results", [result if isinstance(result, str) else type(result).__name__ for result in results])


@item(39, "a cancelled child makes gather raise, though gather itself is not cancelled")
async def gather_child_cancelled(run):
    child = asyncio.create_task(after(10))
    outer = asyncio.gather(child, after(20))
    run.loop.call_later(5, child.cancel, "child")
    await run.attempt_await("gather", outer)
    run.record("cancelled", outer.cancelled())


@item(40, "cancelling gather cancels all children, and raises even with return_exceptions")
async def gather_cancelled(run):
    children = [asyncio.create_task(after(10)), asyncio.create_task(after(20))]
    outer = asyncio.gather(*children, return_exceptions=True)
    run.loop.call_later(5, outer.cancel)
    await run.attempt_await("gather", outer)
    run.record("children cancelled", [child.cancelled() for child in children])
    run.record("gather cancelled", outer.cancelled())
    run.record("cancel when done", outer.cancel())


@item(41, "an empty gather is done at once, and what is given twice runs once")
async def gather_nothing_and_twice(run):
    async def work():
        run.record("runs")
        return "result"

    empty = asyncio.gather()
    run.record("empty", [empty.done(), await empty])
    coroutine = work()
    run.record("twice", await asyncio.gather(coroutine, coroutine))


@item(42, "shield of a done future is that future")
async def shield_done(run):
    future = run.loop.create_future()
    future.set_result(None)
    run.record("the same", asyncio.shield(future) is future)


@item(42, "cancelling what is shielded cancels the shield, and not vice versa")
async def shield_both_ways(run):
    inner = asyncio.create_task(after(10, "inner"))
    outer = asyncio.shield(inner)
    outer.cancel()
    await run.attempt_await("cancelled shield", outer)
    await run.attempt_await("its inner task", inner)
    inner = asyncio.create_task(after(10))
    outer = asyncio.shield(inner)
    run.loop.call_later(5, inner.cancel)
    await run.attempt_await("shield of a cancelled task", outer)
    run.record("shield cancelled", outer.cancelled())


@item(42, "an error after a cancelled shield is reported")
async def shield_reports(run):
    run.record_unhandled()
    outer = asyncio.shield(fail_after(10, "unseen"))
    await asyncio.sleep(1)
    outer.cancel()
    await run.attempt_await("shield", outer)
    await asyncio.sleep(20)


@item(43, "wait neither raises at its timeout nor cancels")
async def wait_times_out(run):
    fast, slow = asyncio.create_task(after(5)), asyncio.create_task(after(20, "slow"))
    done, pending = await asyncio.wait([fast, slow], timeout=10)
    run.record("done and pending", [done == {fast}, pending == {slow}])
    await run.attempt_await("slow", slow)


@item(43, "wait takes no coroutines and not nothing")
async def wait_refuses(run):
    coroutine = after(1)
    await run.refused("a coroutine", lambda: asyncio.wait([coroutine]))
    await run.refused("nothing", lambda: asyncio.wait([]))
    await run.refused("neither", lambda: asyncio.wait([coroutine], return_when=-1))
    coroutine.close()


@item(43, "wait for the first exception passes over cancelled tasks")
async def wait_first_exception(run):
    cancelled, failing, slow = (
        asyncio.create_task(coroutine) for coroutine in (after(50), fail_after(10, "no"), after(100))
    )
    run.loop.call_later(5, cancelled.cancel)
    done, pending = await asyncio.wait([cancelled, failing, slow], return_when=asyncio.FIRST_EXCEPTION)
    run.record("done and pending", [done == {cancelled, failing}, pending == {slow}])
    done, _ = await asyncio.wait([slow, failing], return_when=asyncio.FIRST_COMPLETED)
    run.record("first completed", done == {failing})


@item(44, "as_completed goes by the order of completion")
async def as_completed_order(run):
    for earliest in asyncio.as_completed([after(30, "third"), after(10, "first"), after(20, "second")]):
        run.record("next", await earliest)


@item(44, "as_completed gives the futures themselves to an async for")
async def as_completed_async(run):
    slow, fast = asyncio.create_task(after(20, "slow")), asyncio.create_task(after(10, "fast"))
    async for earliest in asyncio.as_completed([slow, fast]):
        run.record("next", ["slow" if earliest is slow else "fast", await earliest])


@item(44, "as_completed raises at its timeout, and cancels nothing")
async def as_completed_times_out(run):
    slow = asyncio.create_task(after(20, "slow"))
    for earliest in asyncio.as_completed([after(5, "fast"), slow], timeout=10):
        await run.attempt_await("next", earliest)
    await run.attempt_await("slow", slow)
