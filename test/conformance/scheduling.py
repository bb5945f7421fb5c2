"""Items 1 to 8, 17 and 18: what runs when."""

import asyncio
import math
import weakref
from unittest import mock

from conformance.harness import item


@item(1, "callbacks run in order, and those added by them in the next iteration")
def callbacks_in_order(run):
    loop = run.loop

    def first():
        run.record("first")
        loop.call_soon(run.record, "added by first")
        loop.stop()

    loop.call_soon(first)
    loop.call_soon(run.record, "second")
    loop.run_forever()
    run.record("stopped after the batch")
    loop.call_soon(loop.stop)
    loop.run_forever()


@item(2, "a timer of no delay runs in the same iteration, after what was ready before")
def due_timers_after_ready(run):
    loop = run.loop
    loop.call_later(0, run.record, "later")
    loop.call_soon(run.record, "soon")
    loop.call_soon(loop.stop)
    loop.run_forever()
    run.record("stopped after the batch")


@item(3, "a callback cancelled within its batch is skipped but counts as a part of the batch")
def cancelled_within_batch(run):
    loop = run.loop

    def first():
        run.record("first")
        second.cancel()
        loop.call_soon(run.record, "added by first")
        loop.stop()

    loop.call_soon(first)
    second = loop.call_soon(run.record, "second")
    loop.run_forever()
    run.record("stopped after the batch", second.cancelled())
    loop.call_soon(loop.stop)
    loop.run_forever()


@item(3, "cancelling drops the arguments")
def cancelling_drops_arguments(run):
    class Large:
        pass

    argument = Large()
    reference = weakref.ref(argument)
    handle = run.loop.call_later(100, run.record, argument)
    handle.cancel()
    del argument
    run.record("collected", reference() is None)


@item(4, "deadlines in the past are legal, fire in the next iteration, and the earliest first")
def deadlines_in_the_past(run):
    loop = run.loop
    loop.call_later(-5, run.record, "delay -5")
    loop.call_at(-100, run.record, "at -100")
    loop.call_soon(run.record, "soon")
    loop.call_soon(loop.stop)
    loop.run_forever()
    run.record("stopped after the batch")


@item(5, "a timer is due at its deadline and not before")
def due_at_deadline(run):
    loop = run.loop
    loop.call_at(10, lambda: loop.call_at(10, run.record, "set for 10 at 10"))
    loop.call_at(10.5, run.record, "set for 10.5")
    loop.call_at(9.75, run.record, "set for 9.75")
    loop.call_at(11, loop.stop)
    loop.run_forever()


@item(6, "equal deadlines run in the order in which they were set")
def equal_deadlines(run):
    # CPython's own timers, which the oracle otherwise replaces: the heap may turn equals around.
    with mock.patch.object(asyncio.events, "TimerHandle", asyncio.events.TimerHandle.__mro__[1]):
        for number in range(1, 6):
            run.loop.call_at(10, run.record, f"timer {number}")
        run.loop.call_at(11, run.loop.stop)
        run.loop.run_forever()


@item(7, "a cancelled timer is taken out at once")
def cancelled_timers_leave(run):
    handles = [run.loop.call_later(number, run.record, "never") for number in range(1, 101)]
    for handle in handles[1:]:
        handle.cancel()
    run.record("timers in the heap", len(run.loop._scheduled))


@item(8, "a timer far away fires at its time and not before")
async def far_timer(run):
    days_30 = 30 * 24 * 60 * 60 * 1000
    run.loop.call_later(days_30, run.record, "after 30 days")
    await asyncio.sleep(days_30 + 1)
    # CPython polls for a day at most: 31 polls. Hosts have other limits, which no program sees.
    assert len([timeout for timeout in run.loop.poll_timeouts if timeout]) == 31


@item(17, "sleep of zero and less is one bare yield")
async def sleep_zero(run):
    for delay in (0, -1):
        run.loop.call_soon(run.record, f"queued before sleep({delay})")
        await asyncio.sleep(delay)
        run.record(f"slept {delay}")


@item(17, "sleep for NaN is refused, and a timer for ever is allowed")
async def odd_delays(run):
    await run.refused("sleep NaN", lambda: asyncio.sleep(math.nan))
    handle = run.loop.call_later(math.inf, run.record, "never")
    run.record("is infinite", math.isinf(handle.when()))
    handle.cancel()


@item(18, "cancelling a sleeper removes its timer")
async def cancelled_sleeper(run):
    sleeper = asyncio.create_task(asyncio.sleep(100))
    await asyncio.sleep(10)
    sleeper.cancel()
    await run.attempt_await("sleeper", sleeper)
    # With the timer gone nothing is left to wait for, and the clock stands still.
    await run.loop.create_future()
