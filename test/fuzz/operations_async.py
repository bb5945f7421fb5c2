"""What each operation that waits means on CPython's asyncio. The twin of operations-async.ts.

Owns one coroutine function for each AsyncOp of program.ts. An op that contains a body gives back the body's
Return, so that it ends the bodies around it too. Must not know how bodies are run: that is interpreter.py.
"""

import asyncio

from oracle.oracle import describe_error

from fuzz.values import ERRORS, Return, describe

ASYNC = {}


def operation(function):
    # Some ops are named as Python's keywords are; those functions carry an underscore.
    ASYNC[function.__name__.strip("_")] = function
    return function


# --- Control flow


@operation
async def call(world, op):
    return await world.coroutine(op["body"])


@operation
async def _return(world, op):
    return Return(op["value"])


@operation
async def repeat(world, op):
    for _ in range(op["times"]):
        completion = await world.run_body(op["body"])
        if completion is not None:
            return completion
    return None


@operation
async def _try(world, op):
    completion = None
    try:
        try:
            completion = await world.run_body(op["body"])
        except BaseException as error:
            if not catches(op.get("catch"), error):
                raise
            world.record("caught", describe_error(error))
            completion = await world.run_body(op["catch"]["body"])
            if op["catch"]["rethrow"] and completion is None:
                raise
    finally:
        if "finally" in op:
            await world.run_body(op["finally"])
    return completion


def catches(clause, error):
    # GeneratorExit is how Python abandons a coroutine, and no part of the program.
    return clause is not None and isinstance(error, ERRORS[clause["what"]]) and not isinstance(error, GeneratorExit)


# --- Waiting


@operation
async def sleep(world, op):
    await asyncio.sleep(op["ms"])


@operation
async def _await(world, op):
    return await world.named[op["ref"]]


@operation
async def gather(world, op):
    outer = asyncio.gather(*world.operands(op["of"]), return_exceptions=op["returnExceptions"])
    if "as" in op:
        world.bind(op["as"], outer)
    return await outer


@operation
async def wait(world, op):
    futures = [
        world.named.get(operand["ref"])
        if "ref" in operand
        else world.bind(
            operand["name"], asyncio.create_task(world.coroutine(operand["body"]), name=operand["name"])
        )
        for operand in op["of"]
    ]
    done, pending = await asyncio.wait(
        [future for future in futures if future is not None],
        timeout=op.get("timeout"),
        return_when=op["until"],
    )
    return {
        "done": [world.label_of(future) for future in done],
        "pending": [world.label_of(future) for future in pending],
    }


@operation
async def asCompleted(world, op):
    outcomes = []
    for earliest in asyncio.as_completed(world.operands(op["of"]), timeout=op.get("timeout")):
        try:
            outcome = await earliest
        except Exception as error:
            outcome = error
        world.record("completed", describe(outcome))
        outcomes.append(outcome)
    return outcomes


@operation
async def waitFor(world, op):
    of = op["of"]
    # wait_for runs a coroutine within the caller's task, so that task keeps its name.
    awaitable = world.named.get(of["ref"]) if "ref" in of else world.coroutine(of["body"])
    if awaitable is None:
        return "missing"
    return await asyncio.wait_for(awaitable, op["timeout"])


@operation
async def shield(world, op):
    inner = world.operand(op["of"])
    if inner is None:
        return "missing"
    outer = asyncio.shield(inner)
    if "as" in op:
        world.bind(op["as"], outer)
    return await outer


@operation
async def timeout(world, op):
    async with asyncio.timeout(op["ms"]) as scope:
        world.bind(op["name"], scope)
        return await world.run_body(op["body"])


@operation
async def timeoutAt(world, op):
    async with asyncio.timeout_at(op["ms"]) as scope:
        world.bind(op["name"], scope)
        return await world.run_body(op["body"])


@operation
async def group(world, op):
    async with asyncio.TaskGroup() as group:
        world.bind(op["name"], group)
        return await world.run_body(op["body"])


# --- Synchronisation


@operation
async def acquire(world, op):
    return await world.named[op["ref"]].acquire()


@operation
async def _with(world, op):
    async with world.named[op["ref"]]:
        return await world.run_body(op["body"])


@operation
async def waitOn(world, op):
    return await world.named[op["ref"]].wait()


@operation
async def waitUntil(world, op):
    def enough():
        return world.bumps.get(op["ref"], 0) >= op["atLeast"]

    return await world.named[op["ref"]].wait_for(enough)


@operation
async def reset(world, op):
    await world.named[op["ref"]].reset()


@operation
async def abort(world, op):
    await world.named[op["ref"]].abort()


@operation
async def put(world, op):
    await world.named[op["ref"]].put(op["value"])


@operation
async def get(world, op):
    return await world.named[op["ref"]].get()


@operation
async def join(world, op):
    await world.named[op["ref"]].join()
