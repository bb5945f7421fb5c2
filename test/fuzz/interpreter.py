"""Runs the fuzzer's programs on CPython's asyncio. The twin of interpreter.ts.

Owns the world a program lives in, how its bodies are executed and what is traced. Must not know wasyncio.
Read the two files side by side: they have the same functions in the same order, and so do
values, operations_sync and operations_async.
"""

import asyncio
import contextvars

from oracle.oracle import Deadlock, Runaway, describe_context, describe_error, virtual_loop

from fuzz.operations_async import ASYNC
from fuzz.operations_sync import SYNC
from fuzz.values import VARIABLES, Return, describe, make_object, outcome_of

HORIZON_MS = 1_000_000
"""How long the others may go on after main has ended. No program takes nearly as long."""


def run_all(programs):
    return [run_program(program) for program in programs]


def run_program(program):
    with virtual_loop() as loop:
        world = World(loop, program)
        loop.set_exception_handler(world.on_unhandled)
        try:
            contextvars.Context().run(loop.run_until_complete, supervise(world, program))
        except Deadlock:
            world.finish("deadlock")
        except Runaway:
            world.finish("runaway")
        return world.run


async def supervise(world, program):
    """Runs main to its end and lets the others go on until nothing more can happen."""
    main = world.bind("main", asyncio.create_task(world.coroutine(program["main"]), name="main"))
    await asyncio.wait([main])
    await asyncio.sleep(HORIZON_MS)
    # Here and not outside, where those who still wait would already be on their way out.
    world.finish("finished")


class World:
    """What the tasks of one program share: the objects, by name, and the trace."""

    def __init__(self, loop, program):
        self.loop = loop
        self.named = {}
        self.bumps = {}
        self.trace = []
        self.run = None
        self._labels = {}
        self._callback_name = "loop"
        for object in program["objects"]:
            self.bind(object["name"], make_object(loop, object))

    def bind(self, name, thing):
        self.named[name] = thing
        self._labels[id(thing)] = name
        return thing

    def label_of(self, thing):
        return self._labels.get(id(thing), "?")

    def who(self):
        task = asyncio.current_task(self.loop)
        return self._callback_name if task is None else task.get_name()

    def record(self, what, outcome):
        if self.run is None:
            self.trace.append([self.loop.time(), self.who(), what, outcome])

    def on_unhandled(self, loop, context):
        # When an error is noticed to have been forgotten is up to the garbage collector.
        if not context["message"].endswith("was never retrieved"):
            self.record("unhandled", describe_context(context))

    def finish(self, ended):
        """Takes down how everything was left. What happens from now on is no part of the run."""
        states = sorted(
            [name, outcome_of(thing)] for name, thing in self.named.items() if asyncio.isfuture(thing)
        )
        self.run = {"trace": self.trace, "ended": ended, "time": self.loop.time(), "states": states}

    async def coroutine(self, body, name=None):
        """A body as a coroutine. The name is given where the task is made by asyncio and not by us."""
        if name is not None:
            asyncio.current_task().set_name(name)
            self.bind(name, asyncio.current_task())
        self.record("start", VARIABLES["v0"].get())
        try:
            completion = await self.run_body(body)
        except BaseException as error:
            self.record("end", describe_error(error))
            raise
        value = None if completion is None else completion.value
        self.record("end", value)
        return value

    def callback(self, name, body):
        """A body as a plain function, for call_soon and add_done_callback."""

        def run(*_):
            outer, self._callback_name = self._callback_name, name
            try:
                self.record("start", VARIABLES["v0"].get())
                for op in body:
                    self.perform_sync(op)
            finally:
                self._callback_name = outer

        return self.bind(name, run)

    async def run_body(self, body):
        """Gives back a Return as soon as an op does, and None when the body has run to its end."""
        for op in body:
            completion = await self.perform(op)
            if completion is not None:
                return completion
        return None

    async def perform(self, op):
        if op["op"] in SYNC or self.is_missing(op):
            self.perform_sync(op)
            return None
        try:
            outcome = await ASYNC[op["op"]](self, op)
        except BaseException as error:
            self.record(caption(op), describe_error(error))
            raise
        self.record(caption(op), describe(outcome))
        return outcome if isinstance(outcome, Return) else None

    def perform_sync(self, op):
        # An op that waits can get here where the shrinker has moved it into a callback.
        if self.is_missing(op) or op["op"] not in SYNC:
            self.record(caption(op), "missing")
            return
        try:
            outcome = SYNC[op["op"]](self, op)
        except BaseException as error:
            self.record(caption(op), describe_error(error))
            raise
        self.record(caption(op), describe(outcome))

    def is_missing(self, op):
        return "ref" in op and op["ref"] not in self.named

    def operand(self, operand):
        """What to wait for, or None for a reference that leads nowhere."""
        if "ref" in operand:
            return self.named.get(operand["ref"])
        return self.coroutine(operand["body"], operand["name"])

    def operands(self, operands):
        return [found for operand in operands if (found := self.operand(operand)) is not None]


def caption(op):
    """The name of an op, with whatever it is about."""
    for key in ("ref", "name", "as", "var", "ms"):
        if key in op:
            return f"{op['op']} {op[key]}"
    return op["op"]
