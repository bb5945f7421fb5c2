"""What each operation that returns at once means on CPython's asyncio. The twin of operations-sync.ts.

Owns one function for each SyncOp of program.ts. Coroutines use them, and callbacks can use nothing else.
Must not know how bodies are run: that is interpreter.py.
"""

import asyncio
import contextvars

from fuzz.values import ERRORS, VARIABLES, look_at

SYNC = {}


def operation(function):
    # Some ops are named as Python's keywords are; those functions carry an underscore.
    SYNC[function.__name__.strip("_")] = function
    return function


# --- Tasks and futures


@operation
def spawn(world, op):
    options = {"eager_start": True} if "eager" in op else context_of(world, op)
    world.bind(op["name"], asyncio.create_task(world.coroutine(op["body"]), name=op["name"], **options))


@operation
def groupSpawn(world, op):
    group = world.named[op["ref"]]
    world.bind(op["name"], group.create_task(world.coroutine(op["body"]), name=op["name"]))


@operation
def cancel(world, op):
    thing = world.named[op["ref"]]
    return thing.cancel(op["message"]) if "message" in op else thing.cancel()


@operation
def uncancel(world, op):
    return world.named[op["ref"]].uncancel()


@operation
def look(world, op):
    return look_at(world.named[op["ref"]])


@operation
def result(world, op):
    return world.named[op["ref"]].result()


@operation
def exception(world, op):
    return world.named[op["ref"]].exception()


@operation
def setResult(world, op):
    world.named[op["ref"]].set_result(op["value"])


@operation
def setException(world, op):
    world.named[op["ref"]].set_exception(ERRORS[op["error"]](op["message"]))


@operation
def addCallback(world, op):
    callback = world.callback(op["name"], op["body"])
    world.named[op["ref"]].add_done_callback(callback, **context_of(world, op))


@operation
def removeCallback(world, op):
    return world.named[op["ref"]].remove_done_callback(world.named.get(op["name"]))


@operation
def _raise(world, op):
    raise ERRORS[op["error"]](op["message"])


# --- The loop


@operation
def callSoon(world, op):
    callback = world.callback(op["name"], op["body"])
    world.bind(op["name"], world.loop.call_soon(callback, **context_of(world, op)))


@operation
def callLater(world, op):
    callback = world.callback(op["name"], op["body"])
    world.bind(op["name"], world.loop.call_later(op["ms"], callback, **context_of(world, op)))


@operation
def callAt(world, op):
    world.bind(op["name"], world.loop.call_at(op["ms"], world.callback(op["name"], op["body"])))


@operation
def reschedule(world, op):
    when = None if op["ms"] is None else world.loop.time() + op["ms"]
    world.named[op["ref"]].reschedule(when)


# --- Synchronisation


@operation
def release(world, op):
    world.named[op["ref"]].release()


@operation
def set(world, op):
    world.named[op["ref"]].set()


@operation
def clear(world, op):
    world.named[op["ref"]].clear()


@operation
def notify(world, op):
    world.named[op["ref"]].notify(op["count"])


@operation
def notifyAll(world, op):
    world.named[op["ref"]].notify_all()


@operation
def bump(world, op):
    world.bumps[op["ref"]] = world.bumps.get(op["ref"], 0) + 1
    return world.bumps[op["ref"]]


@operation
def putNowait(world, op):
    world.named[op["ref"]].put_nowait(op["value"])


@operation
def getNowait(world, op):
    return world.named[op["ref"]].get_nowait()


@operation
def taskDone(world, op):
    world.named[op["ref"]].task_done()


@operation
def shutdown(world, op):
    world.named[op["ref"]].shutdown(op["immediate"])


# --- Context variables


@operation
def setVar(world, op):
    VARIABLES[op["var"]].set(op["value"])


@operation
def getVar(world, op):
    return VARIABLES[op["var"]].get()


@operation
def saveContext(world, op):
    world.bind(op["name"], contextvars.copy_context())


@operation
def inContext(world, op):
    def run():
        for inner in op["body"]:
            world.perform_sync(inner)

    world.named[op["ref"]].run(run)


def context_of(world, op):
    # Left out and not None where there is none: add_done_callback(context=None) captures the context only
    # when the future is done, which is an oversight of its C version.
    context = world.named.get(op.get("context"))
    return {} if context is None else {"context": context}
