"""What an item of asyncio's semantics is made of, on asyncio's side. The twin of harness.ts.

Owns the registry of items and what they may record. Must not know any item, nor wasyncio. An item is a
small program whose records show one statement of reference/asyncio-semantics.md. Each stands in a file named
after its group, and its twin, with the same number and title, in the TypeScript file next to it.
"""

import importlib
import inspect

from oracle.oracle import describe_context, describe_error, run_to_end, virtual_loop

GROUPS = (
    "scheduling",
    "lifecycle",
    "future",
    "task",
    "combinators",
    "timeouts",
    "taskgroup",
    "sync",
    "streams",
)

ITEMS = {}


def item(number, title):
    """Registers a program. A coroutine function is run to its end; a plain function drives its loop itself."""

    def register(program):
        key = f"{number} {title}"
        assert key not in ITEMS, f"there are two items called '{key}'"
        ITEMS[key] = program
        return program

    return register


def run_all(_):
    for group in GROUPS:
        importlib.import_module(f"conformance.{group}")
    return {key: run_item(program) for key, program in ITEMS.items()}


def run_item(program):
    with virtual_loop() as loop:
        run = ItemRun(loop)
        if not inspect.iscoroutinefunction(program):
            program(run)
            return run.records
        ended = run_to_end(loop, program(run))
        if "deadlock" in ended:
            run.record("deadlock")
        elif "error" in ended:
            run.record("ended", raised(ended["error"]))
        return run.records


class ItemRun:
    """One run of one item: its loop, and what it has recorded so far."""

    def __init__(self, loop):
        self.loop = loop
        self.records = []

    def record(self, what, outcome=None):
        """Notes that something happened, now."""
        self.records.append([self.loop.time(), what, outcome])

    def attempt(self, what, function, *args):
        """Calls the function and records what it gives back or raises."""
        try:
            outcome = function(*args)
        except BaseException as error:
            outcome = raised(describe_error(error))
        self.record(what, outcome)

    async def attempt_await(self, what, awaitable):
        """Waits for the awaitable and records what it gives back or raises."""
        try:
            outcome = await awaitable
        except BaseException as error:
            outcome = raised(describe_error(error))
        self.record(what, outcome)

    async def refused(self, what, attempt):
        """Records which type of error the attempt ends in. The words are each side's own."""
        try:
            outcome = attempt()
            if inspect.isawaitable(outcome):
                await outcome
        except Exception as error:
            self.record(what, f"raises {type(error).__name__}")
        else:
            self.record(what, "is taken")

    def record_unhandled(self):
        """Records what reaches the loop's exception handler from now on."""

        def handler(loop, context):
            self.record("unhandled", describe_context(context))

        self.loop.set_exception_handler(handler)

    def count_iterations(self, count):
        """Records the next iterations of the loop as they begin, to show what falls into which."""

        def tick(number):
            self.record(f"iteration {number}")
            if number < count:
                self.loop.call_soon(tick, number + 1)

        self.loop.call_soon(tick, 1)


def raised(described):
    """An error in one line."""
    text = f"{described['error']}: {described['message']}" if described["message"] else described["error"]
    return f"raises {text}"
