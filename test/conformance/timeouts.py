"""Items 45 to 52: wait_for and timeout."""

import asyncio

from conformance.harness import item


async def work(run, ms, cleanup_ms=0, suppress=False):
    run.record("work starts")
    try:
        await asyncio.sleep(ms)
    except asyncio.CancelledError:
        await asyncio.sleep(cleanup_ms)
        run.record("work cleaned up")
        if not suppress:
            raise
    return "value"


@item(45, "wait_for of no time never starts the coroutine")
async def wait_for_no_time(run):
    for timeout in (0, -1):
        await run.attempt_await(f"wait_for {timeout}", asyncio.wait_for(work(run, 10), timeout))
    done = run.loop.create_future()
    done.set_result("there already")
    await run.attempt_await("wait_for what is done", asyncio.wait_for(done, 0))


@item(46, "wait_for runs the coroutine in the task that calls it")
async def wait_for_same_task(run):
    async def who():
        return asyncio.current_task() is caller

    caller = asyncio.current_task()
    run.record("the same task", await asyncio.wait_for(who(), 10))


@item(46, "wait_for waits for the clean-up")
async def wait_for_cleanup(run):
    await run.attempt_await("wait_for", asyncio.wait_for(work(run, 9000, cleanup_ms=3000), 1000))


@item(46, "wait_for gives the value when the cancellation was suppressed")
async def wait_for_suppressed(run):
    await run.attempt_await("wait_for", asyncio.wait_for(work(run, 90, cleanup_ms=5, suppress=True), 10))


@item(47, "result and deadline in the same instant: the result is lost")
async def result_and_deadline(run):
    future = run.loop.create_future()
    run.loop.call_later(10, future.set_result, "lost")
    await run.attempt_await("wait_for", asyncio.wait_for(future, 10))


@item(48, "deadline and cancellation in the same instant: the cancellation wins")
async def deadline_and_cancellation(run):
    async def body():
        try:
            async with asyncio.timeout(10):
                await asyncio.sleep(20)
        except BaseException as error:
            run.record("raised", type(error).__name__)
            run.record("cancelling", asyncio.current_task().cancelling())
            raise

    task = asyncio.create_task(body())
    await asyncio.sleep(0)
    run.loop.call_later(10, task.cancel)
    await run.attempt_await("task", task)


@item(49, "of nested timeouts with equal deadlines the outer one raises")
async def nested_timeouts(run):
    try:
        async with asyncio.timeout(10) as outer:
            try:
                async with asyncio.timeout(10) as inner:
                    await asyncio.sleep(20)
            except BaseException as error:
                run.record("left the inner one", type(error).__name__)
                raise
    except BaseException as error:
        run.record("left the outer one", type(error).__name__)
    run.record("expired", [inner.expired(), outer.expired()])
    run.record("cancelling", asyncio.current_task().cancelling())


@item(50, "a deadline passed is no error to a body that never waits")
async def no_wait_no_error(run):
    async with asyncio.timeout(-1) as scope:
        run.record("body")
    run.record("expired", scope.expired())
    await asyncio.sleep(0)
    run.record("cancelling", asyncio.current_task().cancelling())


@item(51, "another error at the deadline keeps its type, and has the TimeoutError as its context")
async def error_at_deadline(run):
    try:
        async with asyncio.timeout(10):
            try:
                await asyncio.sleep(20)
            except asyncio.CancelledError:
                raise ValueError("from the clean-up")
    except ValueError as error:
        run.record("raised", [type(error).__name__, type(error.__context__).__name__])
    run.record("cancelling", asyncio.current_task().cancelling())


@item(52, "a timeout can be rescheduled while it runs")
async def reschedule(run):
    try:
        async with asyncio.timeout(10) as scope:
            run.record("when", scope.when())
            await asyncio.sleep(5)
            scope.reschedule(run.loop.time() + 10)
            run.record("when", scope.when())
            await asyncio.sleep(20)
    except TimeoutError:
        run.record("timed out", scope.expired())
    run.attempt("reschedule when expired", scope.reschedule, 100)


@item(52, "a timeout belongs in a task, once")
async def timeout_misused(run):
    def enter(scope):
        # What `async with` does first, without anything around it.
        scope.__aenter__().send(None)

    scope = asyncio.timeout(10)
    run.attempt("reschedule too early", scope.reschedule, 100)
    async with scope:
        pass
    run.attempt("reschedule too late", scope.reschedule, 100)
    run.attempt("enter twice", enter, scope)
    run.loop.call_soon(lambda: run.attempt("enter outside a task", enter, asyncio.timeout(10)))
    await asyncio.sleep(0)
