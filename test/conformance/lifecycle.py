"""Items 9 to 16: running, stopping, closing, and what happens to errors."""

import asyncio
import logging

from conformance.harness import item


@item(9, "stop finishes the batch; called before run_forever it makes one pass that does not wait")
def stop_before_run(run):
    loop = run.loop

    def first():
        run.record("first")
        loop.call_soon(run.record, "added by first")

    loop.call_later(50, run.record, "timer")
    loop.call_soon(first)
    loop.stop()
    loop.run_forever()
    run.record("ended")
    loop.stop()
    loop.run_forever()
    run.record("ended again")


@item(10, "stopped in the middle of a task, a later run goes on there")
def stopped_in_mid_task(run):
    loop = run.loop

    async def work():
        run.record("before")
        await asyncio.sleep(10)
        run.record("after")
        return "result"

    task = loop.create_task(work())
    loop.call_later(5, loop.stop)
    loop.run_forever()
    run.record("stopped")
    run.record("run again", loop.run_until_complete(task))


@item(11, "run_until_complete of a future that did not finish")
def stopped_before_completed(run):
    run.loop.call_later(5, run.loop.stop)
    run.attempt("run", run.loop.run_until_complete, run.loop.create_future())


@item(12, "close while running raises; otherwise it drops what is queued, and may be repeated")
def close(run):
    loop = run.loop

    def callback():
        run.attempt("close while running", loop.close)
        loop.call_soon(run.record, "queued")
        loop.call_later(0, run.record, "timer")
        loop.stop()

    loop.call_soon(callback)
    loop.run_forever()
    loop.close()
    loop.close()
    run.record("closed", loop.is_closed())


@item(12, "a closed loop takes nothing more")
def closed_loop(run):
    loop = run.loop
    loop.close()
    run.attempt("call_soon", loop.call_soon, print)
    run.attempt("call_later", loop.call_later, 1, print)
    coroutine = asyncio.sleep(1)
    run.attempt("create_task", loop.create_task, coroutine)
    coroutine.close()
    run.attempt("run_forever", loop.run_forever)


@item(13, "a running loop cannot be run")
def run_running(run):
    loop = run.loop

    def callback():
        run.attempt("run_forever", loop.run_forever)
        loop.stop()

    loop.call_soon(callback)
    loop.run_forever()


@item(14, "an error in a callback goes to the handler, and the loop goes on")
def errors_go_to_the_handler(run):
    def fail():
        raise ValueError("no")

    run.record_unhandled()
    run.loop.call_soon(fail)
    run.loop.call_soon(run.record, "next in the batch")
    run.loop.call_soon(run.loop.stop)
    run.loop.run_forever()


@item(14, "a handler that fails itself falls back to the default one")
def handler_fails(run):
    def fail():
        raise ValueError("no")

    def handler(loop, context):
        raise KeyError("handler")

    run.loop.set_exception_handler(handler)
    run.loop.call_soon(fail)
    run.loop.call_soon(run.loop.stop)
    run.loop.run_forever()
    run.record("default handler", [report["message"] for report in run.loop.reported])


@item(14, "interrupts escape, and the rest stays queued")
def interrupts_escape(run):
    def interrupt():
        raise KeyboardInterrupt

    run.record_unhandled()
    run.loop.call_soon(interrupt)
    run.loop.call_soon(run.record, "queued after")
    run.attempt("run", run.loop.run_forever)
    run.loop.call_soon(run.loop.stop)
    run.loop.run_forever()


@item(14, "an interrupt of a task ends the run, and the loop can run again")
def interrupts_of_tasks(run):
    async def interrupt():
        await asyncio.sleep(1)
        raise KeyboardInterrupt

    async def main():
        await asyncio.sleep(5)
        return "main goes on"

    interrupting = run.loop.create_task(interrupt())
    task = run.loop.create_task(main())
    run.attempt("run", lambda: run.loop.run_until_complete(task))
    run.attempt("the task that interrupts", interrupting.result)
    run.record("main is done", task.done())
    run.attempt("run again", lambda: run.loop.run_until_complete(task))


@item(13, "what is made outside of a run is of the current loop")
def made_outside(run):
    async def work():
        return "work"

    made = {
        "Future": asyncio.Future,
        "Task": lambda: asyncio.Task(work()),
        "ensure_future": lambda: asyncio.ensure_future(work()),
        "shield": lambda: asyncio.shield(work()),
        "gather": lambda: asyncio.gather(work()),
        "gather of nothing": asyncio.gather,
    }
    for name, make in made.items():
        run.record(name, make().get_loop() is run.loop)
    run.loop.call_soon(run.loop.stop)
    run.loop.run_forever()


@item(15, "call_soon_threadsafe queues in the same line")
def threadsafe(run):
    run.loop.call_soon(run.record, "first")
    run.loop.call_soon_threadsafe(run.record, "second")
    run.loop.call_soon(run.record, "third")
    run.loop.call_soon(run.loop.stop)
    run.loop.run_forever()


@item(16, "debug mode refuses a coroutine function as a callback")
async def debug_refuses_coroutine_functions(run):
    async def work():
        pass

    run.loop.set_debug(True)
    await run.refused("call_soon", lambda: run.loop.call_soon(work))


@item(16, "debug mode reports callbacks that take as long as slow_callback_duration")
def debug_tells_of_slow_callbacks(run):
    told = logging.Handler()
    told.emit = lambda _: run.record("told")
    logging.getLogger("asyncio").addHandler(told)
    run.loop.set_debug(True)
    for duration in (99, 100, 101):
        run.loop.call_soon(run.loop.advance, duration)
    run.loop.call_soon(run.loop.stop)
    run.loop.run_forever()
    logging.getLogger("asyncio").removeHandler(told)
