"""Items 53 to 58: TaskGroup."""

import asyncio

from conformance.harness import item


async def fail_after(ms, message):
    await asyncio.sleep(ms)
    raise ValueError(message)


def told(error):
    if isinstance(error, BaseExceptionGroup):
        return [f"{error.message}: {type(error).__name__}", *(told(inner) for inner in error.exceptions)]
    return f"{type(error).__name__}: {error}"


async def attempt_group(run, body):
    """Runs the body in a group, and records how the group ends."""
    try:
        async with asyncio.TaskGroup() as group:
            await body(group)
    except BaseException as error:
        run.record("group", told(error))
    else:
        run.record("group", "ends well")
    run.record("cancelling", asyncio.current_task().cancelling())


@item(53, "an error cancels the siblings and the body, and errors of the clean-up join the group")
async def error_cancels_all(run):
    async def sibling():
        try:
            await asyncio.sleep(100)
        finally:
            run.record("sibling cleans up")
            raise KeyError("clean-up")

    async def body(group):
        group.create_task(fail_after(10, "first"))
        group.create_task(sibling())
        try:
            await asyncio.sleep(100)
        finally:
            run.record("body cleans up", asyncio.current_task().cancelling())

    await attempt_group(run, body)


@item(53, "an error of the body is a part of the group")
async def error_of_body(run):
    async def body(group):
        group.create_task(fail_after(10, "cancelled before"))
        await asyncio.sleep(5)
        raise ValueError("body")

    await attempt_group(run, body)


@item(54, "a child that is cancelled is no error")
async def child_cancelled(run):
    async def body(group):
        child = group.create_task(asyncio.sleep(100))
        other = group.create_task(asyncio.sleep(20))
        await asyncio.sleep(5)
        child.cancel()

    await attempt_group(run, body)


@item(55, "a group that waits at its end takes more tasks; one that aborts or is over does not")
async def spawning_late(run):
    def spawn(group, coroutine):
        group.create_task(coroutine)

    async def child(group):
        await asyncio.sleep(5)
        run.attempt("while waiting", spawn, group, asyncio.sleep(5))

    async def stubborn(group):
        try:
            await asyncio.sleep(100)
        finally:
            run.attempt("while aborting", spawn, group, asyncio.sleep(5))

    async def waiting(group):
        groups.append(group)
        group.create_task(child(group))

    async def aborting(group):
        group.create_task(fail_after(5, "abort"))
        group.create_task(stubborn(group))

    groups = []
    await attempt_group(run, waiting)
    run.attempt("when over", spawn, groups[0], asyncio.sleep(5))
    await attempt_group(run, aborting)
    run.attempt("before it is entered", spawn, asyncio.TaskGroup(), asyncio.sleep(5))


@item(56, "cancelled from outside while a child fails, the group is raised and the next await cancelled")
async def cancelled_and_error(run):
    async def body(group):
        group.create_task(fail_after(10, "child"))

    async def parent():
        await attempt_group(run, body)
        await run.attempt_await("next await", asyncio.sleep(5))

    task = asyncio.create_task(parent())
    await asyncio.sleep(1)
    # After the timer that lets the child fail, in the same instant.
    run.loop.call_at(10, task.cancel)
    await run.attempt_await("parent", task)


@item(56, "cancelled from outside without an error, the cancellation is raised")
async def cancelled_without_error(run):
    async def child():
        try:
            await asyncio.sleep(100)
        finally:
            run.record("child cleans up")

    async def body(group):
        group.create_task(child())

    async def parent():
        await attempt_group(run, body)

    task = asyncio.create_task(parent())
    await asyncio.sleep(10)
    task.cancel("from outside")
    await run.attempt_await("parent", task)


@item(57, "KeyboardInterrupt leaves the group as it is")
async def keyboard_interrupt(run):
    async def child():
        try:
            await asyncio.sleep(100)
        finally:
            run.record("child cleans up")

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            await asyncio.sleep(10)
            raise KeyboardInterrupt("stop")
    except BaseException as error:
        run.record("group", told(error))


@item(58, "children that refuse to be cancelled are waited for")
async def stubborn_children(run):
    async def stubborn():
        for _ in range(2):
            await run.attempt_await("stubborn sleeps", asyncio.sleep(50))
        run.record("stubborn ends", asyncio.current_task().cancelling())

    async def body(group):
        group.create_task(stubborn())
        group.create_task(fail_after(10, "first"))

    await attempt_group(run, body)
