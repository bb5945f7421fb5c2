"""How a program's values, errors and objects come into being and how they are told in a trace.

The twin of values.ts. Must not know operations nor how bodies are run.
"""

import asyncio
import contextvars
import typing

from oracle.oracle import describe_error


class Boom(Exception):
    pass


class Crash(Exception):
    pass


class Return(typing.NamedTuple):
    """What an op gives back to end its coroutine."""

    value: int


ERRORS = {
    "Boom": Boom,
    "Crash": Crash,
    "CancelledError": asyncio.CancelledError,
    "TimeoutError": TimeoutError,
    "Exception": Exception,
    "BaseException": BaseException,
}

VARIABLES = {name: contextvars.ContextVar(name, default=0) for name in ("v0", "v1")}

KINDS = {
    "future": lambda loop, object: loop.create_future(),
    "lock": lambda loop, object: asyncio.Lock(),
    "event": lambda loop, object: asyncio.Event(),
    "condition": lambda loop, object: asyncio.Condition(),
    "semaphore": lambda loop, object: asyncio.Semaphore(object["value"]),
    "boundedSemaphore": lambda loop, object: asyncio.BoundedSemaphore(object["value"]),
    "barrier": lambda loop, object: asyncio.Barrier(object["parties"]),
    "queue": lambda loop, object: asyncio.Queue(object["maxsize"]),
    "priorityQueue": lambda loop, object: asyncio.PriorityQueue(object["maxsize"]),
    "lifoQueue": lambda loop, object: asyncio.LifoQueue(object["maxsize"]),
}


def make_object(loop, object):
    return KINDS[object["kind"]](loop, object)


def describe(value):
    if isinstance(value, Return):
        return {"return": value.value}
    if isinstance(value, BaseException):
        return describe_error(value)
    if isinstance(value, list):
        return [describe(item) for item in value]
    return value


def outcome_of(future):
    if not future.done():
        return "pending"
    try:
        return describe(future.result())
    except BaseException as error:
        return describe_error(error)


def look_at(thing):
    """The public state of a thing, whatever it is."""
    match thing:
        case asyncio.Task():
            return {"done": thing.done(), "cancelled": thing.cancelled(), "cancelling": thing.cancelling()}
        case asyncio.Future():
            return {"done": thing.done(), "cancelled": thing.cancelled()}
        case asyncio.Handle():
            return {"cancelled": thing.cancelled()}
        case asyncio.Timeout():
            return {"when": thing.when(), "expired": thing.expired()}
        case asyncio.Event():
            return {"set": thing.is_set()}
        case asyncio.Barrier():
            return {"parties": thing.parties, "waiting": thing.n_waiting, "broken": thing.broken}
        case asyncio.Queue():
            return {"size": thing.qsize(), "empty": thing.empty(), "full": thing.full()}
        case asyncio.Lock() | asyncio.Condition() | asyncio.Semaphore():
            return {"locked": thing.locked()}
    return None
