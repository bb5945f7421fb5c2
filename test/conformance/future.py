"""Items 19 to 26: futures and their callbacks."""

import asyncio
import contextvars

from conformance.harness import item
from oracle.oracle import describe_context


@item(19, "done callbacks are called by the loop, even when the future is done already")
async def callbacks_through_the_loop(run):
    future = run.loop.create_future()
    future.add_done_callback(lambda _: run.record("callback of the pending future"))
    future.set_result(1)
    future.add_done_callback(lambda _: run.record("callback of the done future"))
    run.record("both added")
    await asyncio.sleep(0)


@item(20, "a callback added twice is called twice, and removed as often")
async def callbacks_added_twice(run):
    def callback(_):
        run.record("called")

    future = run.loop.create_future()
    future.add_done_callback(callback)
    future.add_done_callback(callback)
    run.record("removed", future.remove_done_callback(callback))
    future.add_done_callback(callback)
    future.add_done_callback(callback)
    future.set_result(None)
    await asyncio.sleep(0)
    run.record("removed afterwards", future.remove_done_callback(callback))


@item(21, "a callback that fails does not stop the others")
async def callbacks_fail(run):
    def fail(_):
        raise ValueError("no")

    run.record_unhandled()
    future = run.loop.create_future()
    future.add_done_callback(fail)
    future.add_done_callback(lambda _: run.record("second"))
    future.set_result(None)
    await asyncio.sleep(0)


@item(22, "a callback sees the context in which it was added")
async def callbacks_and_context(run):
    variable = contextvars.ContextVar("variable", default="default")
    future = run.loop.create_future()
    variable.set("when added")
    future.add_done_callback(lambda _: run.record("callback sees", variable.get()))
    variable.set("when done")
    future.set_result(None)
    await asyncio.sleep(0)


@item(22, "a callback can be given a context, and its handle has it")
async def given_contexts(run):
    variable = contextvars.ContextVar("variable", default="default")

    def callback(name):
        run.record(name, variable.get())
        variable.set(f"set by {name}")

    variable.set("where it is asked for")
    context = contextvars.Context()
    context.run(variable.set, "given")
    handles = [
        run.loop.call_soon(callback, "call_soon", context=context),
        run.loop.call_later(1, callback, "call_later", context=context),
        run.loop.call_at(2, callback, "call_at", context=context),
    ]
    copied = run.loop.call_soon(callback, "in a copy")
    variable.set("since then")
    run.record("the handle says", [handle.get_context() is context for handle in handles])
    run.record("the copy has", copied.get_context()[variable])
    await asyncio.sleep(5)
    run.record("the handle says", [handle.get_context() is context for handle in handles])
    run.record("the given one has", context[variable])
    run.record("the copy has", copied.get_context()[variable])
    run.record("here it is", variable.get())


@item(22, "the exception handler is called in the context of what failed")
async def handler_context(run):
    variable = contextvars.ContextVar("variable", default="default")

    def fail(*_):
        variable.set(f"{variable.get()}, then failed")
        raise ValueError("no")

    async def work():
        variable.set("task")
        await asyncio.sleep(1)
        fail()

    def context_with(value):
        context = contextvars.Context()
        context.run(variable.set, value)
        return context

    run.loop.set_exception_handler(lambda loop, context: run.record("handler sees", variable.get()))
    variable.set("main")
    run.loop.call_soon(fail)
    run.loop.call_soon(fail, context=context_with("given"))
    await asyncio.sleep(0)
    task = asyncio.create_task(work())
    task.add_done_callback(fail)
    asyncio.shield(task).cancel()
    await asyncio.sleep(5)
    future = run.loop.create_future()
    handle = run.loop.call_soon(lambda: None, context=context_with("handle"))
    for told in ({"task": task, "handle": handle}, {"future": task}, {"future": future}, {"handle": handle}, {}):
        run.loop.call_exception_handler({"message": "told", **told})
    run.record("main sees", variable.get())


@item(23, "a future is settled once")
async def settled_once(run):
    future = run.loop.create_future()
    run.attempt("result too early", future.result)
    run.attempt("exception too early", future.exception)
    future.set_result("first")
    run.attempt("set_result", future.set_result, "second")
    run.attempt("set_exception", future.set_exception, ValueError("second"))
    run.record("cancel", future.cancel())
    run.attempt("result", future.result)


@item(23, "an invalid exception is refused, and so is a late one")
async def exception_that_is_none(run):
    future = run.loop.create_future()
    await run.refused("a number", lambda: future.set_exception(5))
    await run.refused("nothing", lambda: future.set_exception(None))
    await run.refused("an invalid class", lambda: future.set_exception(dict))
    run.record("done", future.done())
    future.set_exception(ValueError)
    await run.refused("late", lambda: future.set_exception(5))
    await run.refused("await", lambda: future)


@item(23, "what is to be awaited is not iterated over")
async def future_is_no_list(run):
    future = run.loop.create_future()
    await run.refused("pending", lambda: list(future))
    future.set_result(5)
    await run.attempt_await("await", future)


@item(23, "the message of the first cancel stays")
async def first_message_stays(run):
    future = run.loop.create_future()
    run.record("first", future.cancel("first"))
    run.record("second", future.cancel("second"))
    run.attempt("set_result", future.set_result, 1)
    await run.attempt_await("await", future)
    await run.attempt_await("await again", future)


@item(24, "StopIteration cannot be set as an exception")
async def stop_iteration(run):
    future = run.loop.create_future()
    future.set_exception(StopIteration())
    run.attempt("result", future.result)


@item(25, "an exception that is never retrieved is reported when the future is collected")
async def never_retrieved(run):
    reports = []
    run.loop.set_exception_handler(lambda loop, context: reports.append(describe_context(context)))

    async def forget(how, retrieve):
        future = run.loop.create_future()
        future.set_exception(ValueError(how))
        outcome = retrieve(future)
        if asyncio.iscoroutine(outcome):
            await outcome

    await forget("left alone", lambda future: None)
    await forget("asked for its exception", lambda future: future.exception())
    await forget("waited for by wait", lambda future: asyncio.wait([future]))
    await forget("cancelled afterwards", lambda future: future.cancel())
    run.record("reported", sorted(f"{report['message']}: {report['exception']['message']}" for report in reports))


@item(25, "what was never retrieved is reported by the end of the run")
def reported_by_the_end(run):
    async def main():
        future = run.loop.create_future()
        future.set_exception(ValueError("lost"))
        await asyncio.sleep(1)
        run.record("main ends", future.done())

    run.record_unhandled()
    with asyncio.Runner(loop_factory=lambda: run.loop) as runner:
        runner.run(main())
    run.record("loop closed", run.loop.is_closed())


@item(26, "from set_result to the resumption of who waits it is one iteration")
async def one_iteration_to_resume(run):
    async def wait():
        await future
        run.record("resumed")

    future = run.loop.create_future()
    asyncio.create_task(wait())
    await asyncio.sleep(1)
    run.loop.call_soon(future.set_result, None)
    run.count_iterations(3)
    await asyncio.sleep(1)
