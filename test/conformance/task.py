"""Items 27 to 37: tasks, and how they are cancelled."""

import asyncio
import contextvars
import gc

from conformance.harness import item


@item(27, "to await what is done already does not yield")
async def await_done(run):
    async def nothing():
        pass

    future = run.loop.create_future()
    future.set_result(None)
    task = asyncio.create_task(nothing())
    await task
    run.loop.call_soon(run.record, "others get a turn")
    await future
    await task
    await nothing()
    run.record("awaited a future, a task and a coroutine")
    await asyncio.sleep(0)


@item(28, "cancelled before its first step, a body never runs")
async def cancelled_before_start(run):
    async def work():
        run.record("body")
        try:
            await asyncio.sleep(1)
        finally:
            run.record("finally")

    task = asyncio.create_task(work())
    task.cancel("never mind")
    await run.attempt_await("task", task)


@item(29, "cancel says True while cancelled still says False")
async def cancel_is_a_request(run):
    task = asyncio.create_task(asyncio.sleep(1))
    await asyncio.sleep(0)
    run.record("cancel", task.cancel())
    run.record("cancelled", task.cancelled())
    run.record("done", task.done())
    await run.attempt_await("task", task)
    run.record("cancelled", task.cancelled())
    run.record("cancel again", task.cancel())


@item(30, "a task that cancels itself and returns ends cancelled")
async def cancels_itself(run):
    async def work():
        asyncio.current_task().cancel("by myself")
        return "lost"

    task = asyncio.create_task(work())
    await run.attempt_await("task", task)
    run.record("cancelled", task.cancelled())


@item(31, "cancelled between the result and the resumption, the result is lost")
async def cancelled_after_result(run):
    async def work():
        await run.attempt_await("future", future)

    future = run.loop.create_future()
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    future.set_result("lost")
    task.cancel()
    await run.attempt_await("task", task)
    run.attempt("the future has", future.result)


@item(32, "a cancellation goes down what is awaited, and up again one task an iteration")
async def cancellation_down_and_up(run):
    async def chain(depth):
        try:
            await (asyncio.create_task(chain(depth - 1)) if depth > 1 else future)
        except asyncio.CancelledError:
            run.record(f"reached depth {depth}")
            raise

    future = run.loop.create_future()
    task = asyncio.create_task(chain(3))
    await asyncio.sleep(1)
    run.record("cancel", task.cancel())
    run.record("the future is cancelled", future.cancelled())
    run.count_iterations(4)
    await run.attempt_await("task", task)


@item(33, "cancellations are counted, and catching one does not count down")
async def cancellations_counted(run):
    async def stubborn():
        for _ in range(2):
            await run.attempt_await("sleep", asyncio.sleep(10))
        run.record("cancelling", asyncio.current_task().cancelling())
        run.record("uncancel", asyncio.current_task().uncancel())
        run.record("uncancel", asyncio.current_task().uncancel())
        run.record("uncancel below zero", asyncio.current_task().uncancel())
        return "survived"

    task = asyncio.create_task(stubborn())
    for _ in range(2):
        await asyncio.sleep(1)
        task.cancel()
    await run.attempt_await("task", task)


@item(33, "uncancel to zero takes back a cancellation not yet delivered")
async def uncancel_takes_back(run):
    async def work():
        await asyncio.sleep(1)
        return "undisturbed"

    task = asyncio.create_task(work())
    task.cancel()
    task.cancel()
    run.record("uncancel", task.uncancel())
    run.record("uncancel", task.uncancel())
    await run.attempt_await("task", task)


@item(34, "a task's result cannot be set")
async def task_result_is_its_own(run):
    task = asyncio.create_task(asyncio.sleep(1))
    run.attempt("set_result", task.set_result, 1)
    run.attempt("set_exception", task.set_exception, ValueError("no"))


@item(34, "what is no coroutine makes no task")
async def no_coroutine(run):
    await run.refused("nothing", lambda: asyncio.create_task(None))
    await run.refused("a number", lambda: asyncio.create_task(5))
    await run.refused("a future", lambda: asyncio.create_task(run.loop.create_future()))


@item(34, "a coroutine is awaited once, and by one")
async def awaited_once(run):
    async def take(name):
        await run.attempt_await(name, wait_once())

    async def wait_once():
        try:
            await acquire
        except RuntimeError:
            return False
        return True

    lock = asyncio.Lock()
    await lock.acquire()
    acquire = lock.acquire()
    tasks = [asyncio.create_task(take("first")), asyncio.create_task(take("second"))]
    await asyncio.sleep(1)
    lock.release()
    for task in tasks:
        await task
    run.record("locked", lock.locked())
    await take("again")


@item(34, "a task cannot await itself, nor a future of another loop")
async def awaits_that_cannot_be(run):
    async def await_oneself():
        await asyncio.current_task()

    async def await_foreign():
        await asyncio.Future(loop=other)

    other = type(run.loop)()
    await run.attempt_await("itself", asyncio.create_task(await_oneself()))
    await run.refused("foreign", lambda: asyncio.create_task(await_foreign()))
    other.close()


@item(35, "a pending task that nothing refers to is kept")
async def tasks_are_held(run):
    async def work():
        await run.loop.create_future()

    run.record_unhandled()
    # Made without the loop's create_task, which in the oracle keeps its tasks.
    asyncio.Task(work(), loop=run.loop)
    await asyncio.sleep(1)
    gc.collect()
    run.record("still there", len(asyncio.all_tasks()) == 2)


@item(36, "a task copies the context; a coroutine that is awaited shares it")
async def tasks_and_context(run):
    variable = contextvars.ContextVar("variable", default="default")

    async def change(value):
        run.record("sees", variable.get())
        variable.set(value)

    variable.set("parent")
    await asyncio.create_task(change("task"))
    run.record("after the task", variable.get())
    await change("coroutine")
    run.record("after the coroutine", variable.get())


@item(37, "an eager task takes its first step at once")
async def eager_start(run):
    async def work():
        run.record("first step in", asyncio.current_task().get_name())
        await asyncio.sleep(0)
        run.record("second step in", asyncio.current_task().get_name())

    asyncio.current_task().set_name("parent")
    task = asyncio.create_task(work(), name="eager", eager_start=True)
    run.record("afterwards in", asyncio.current_task().get_name())
    await task


@item(37, "an error in the first step of an eager task is kept in it")
async def eager_error(run):
    async def fail():
        raise ValueError("at once")

    task = asyncio.create_task(fail(), eager_start=True)
    run.record("done", task.done())
    await run.attempt_await("task", task)
