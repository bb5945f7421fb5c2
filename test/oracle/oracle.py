"""CPython's own asyncio under a virtual clock: the judge.

Owns the loop, how a run ends, and how exceptions become JSON. Must not know any program, nor that
wasyncio exists. Everything that decides an order of events is CPython's code (with the C versions of
Task and Future, its default); this file supplies only what a BaseEventLoop asks of its platform, plus
the departures named in differences.py.

Times are milliseconds, as in wasyncio: `call_later(100)` is a tenth of a second.
"""

import asyncio
import contextlib
import contextvars
import gc
import logging
import re
import sys
import warnings

from oracle import differences

differences.apply()

# Programs are allowed to be wrong. What they provoke is read from traces and not from the console.
warnings.simplefilter("ignore")
sys.unraisablehook = lambda _: None
logging.getLogger("asyncio").addHandler(logging.NullHandler())

POLLS_MAX = 100_000


class Deadlock(Exception):
    """Nothing is ready and no timer is running: the loop would wait for ever."""


class Runaway(Exception):
    """The program took more iterations than any sensible program does."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose clock jumps to the next deadline instead of waiting for it.

    It is its own selector: `_run_once` asks `self._selector` to wait, and waiting is all there is to do.
    """

    def __init__(self):
        super().__init__()
        self._selector = self
        self._clock_resolution = 1e-6
        self._now = 0
        self._strong_tasks = []
        self.slow_callback_duration = 100
        self.poll_timeouts = []
        """The timeout of every poll so far, in milliseconds; None stands for ever."""
        self.reported = []
        """What the default exception handler was given, described."""

    def time(self):
        return self._now

    def advance(self, ms):
        """Lets time pass within a callback, as a slow callback does."""
        self._now += ms

    def select(self, timeout):
        self.poll_timeouts.append(timeout)
        if timeout is None:
            raise Deadlock("nothing left to wait for")
        if len(self.poll_timeouts) > POLLS_MAX:
            raise Runaway(f"more than {POLLS_MAX} polls")
        if timeout == asyncio.base_events.MAXIMUM_SELECT_TIMEOUT:
            self._now += timeout
        elif timeout > 0:
            # Taken from the timer rather than added up, so that the clock arrives exactly.
            self._now = self._scheduled[0]._when
        return ()

    def create_task(self, coro, **kwargs):
        task = super().create_task(coro, **kwargs)
        self._strong_tasks.append(task)
        return task

    def default_exception_handler(self, context):
        self.reported.append(describe_context(context))

    def pending_tasks(self):
        return [task for task in self._strong_tasks if not task.done()]

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def abandon(self):
        """Closes the loop and the coroutines that are still waiting.

        Left to the garbage collector their `finally` blocks would run at some later time, perhaps while
        another program's loop is running, and would be taken for a part of that program.
        """
        for task in self.pending_tasks():
            task._log_destroy_pending = False
            close_coroutine(task.get_coro())
        if not self.is_running():
            self.close()
        self._strong_tasks.clear()


def close_coroutine(coroutine):
    # A coroutine that awaits in its `finally` refuses to be closed, once for each such await.
    for _ in range(100):
        try:
            coroutine.close()
        except RuntimeError as error:
            if str(error) == "coroutine ignored GeneratorExit":
                continue
        except BaseException:
            pass
        return


@contextlib.contextmanager
def virtual_loop():
    """A fresh loop, set as the current one and abandoned at the end."""
    # Pyodide's own loop counts as running for ever, and asyncio refuses to run a second one inside it.
    asyncio._set_running_loop(None)
    gc.disable()
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        loop.abandon()
        asyncio.set_event_loop(None)
        gc.enable()


def run_to_end(loop, coroutine):
    """Runs a coroutine until it is done or can never be, and says how the run ended.

    A run that has nothing left to wait for is an answer and not an error: `deadlock` with those who wait.
    """
    ended = {}
    try:
        value = contextvars.Context().run(loop.run_until_complete, coroutine)
        ended["value"] = value
    except Deadlock:
        ended["deadlock"] = True
        ended["pending"] = sorted(task.get_name() for task in loop.pending_tasks())
    except Runaway:
        ended["runaway"] = True
    except BaseException as error:
        ended["error"] = describe_error(error)
    ended["time"] = loop.time()
    return ended


def describe_error(error):
    described = {"error": type(error).__name__, "message": describe_text(error)}
    if isinstance(error, BaseExceptionGroup):
        described["message"] = error.message
        described["errors"] = [describe_error(inner) for inner in error.exceptions]
    return described


def describe_text(value):
    """The text of an error or message, with the representations of objects cut out of it.

    They hold addresses and the names of files, and say nothing about asyncio.
    """
    text = str(value)
    while (shorter := re.sub(r"<[^<>]*>", "…", text)) != text:
        text = shorter
    return text


def describe_context(context):
    """What an exception handler is told, reduced to what does not name functions and files."""
    message = context["message"]
    if message.startswith("Exception in callback "):
        message = "Exception in callback"
    if message.endswith(" exception in shielded future"):
        # What precedes is the type of the exception, which is described below.
        message = "exception in shielded future"
    described = {"message": describe_text(message)}
    if context.get("exception") is not None:
        described["exception"] = describe_error(context["exception"])
    return described
