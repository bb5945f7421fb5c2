"""Every place where the oracle deliberately departs from CPython's asyncio, and nothing else.

Owns the patches. Must not know what a program is. CPython leaves some orders undefined: they depend on
the shape of a heap or on the addresses of objects, so that even two runs of CPython differ. A trace can
only be compared where both sides promise an order, and wasyncio promises the order of insertion. Each
patch makes CPython keep that promise and changes no outcome that CPython itself defines.

  fifo ties       Timers with equal deadlines run in the order in which they were started (item 6).
  ordered sets    wait, as_completed and TaskGroup keep their futures in order of insertion, where CPython
                  uses a set of objects that hash by address. It shows in the order in which wait and
                  as_completed add callbacks to futures already done, and TaskGroup cancels its children.
  strong tasks    The loop keeps its tasks alive (item 35); see VirtualLoop.create_task in oracle.py.
  milliseconds    The loop counts milliseconds, so the limits that asyncio writes in seconds are scaled:
                  the longest poll here, slow_callback_duration in oracle.py.

Eager removal of cancelled timers (item 7) is a difference of wasyncio too, but no program can see it.
"""

import asyncio.base_events
import asyncio.events
import asyncio.taskgroups
import asyncio.tasks
import collections.abc
import itertools


class FifoTimerHandle(asyncio.events.TimerHandle):
    """A timer that breaks ties by the order of creation. The heap asks for nothing but `<`."""

    __slots__ = ("_sequence",)
    _sequences = itertools.count()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._sequence = next(self._sequences)

    def __lt__(self, other):
        return (self._when, self._sequence) < (other._when, other._sequence)


class OrderedSet(collections.abc.MutableSet):
    """A set that iterates in order of insertion."""

    __slots__ = ("_items",)

    def __init__(self, items=()):
        self._items = dict.fromkeys(items)

    def __contains__(self, item):
        return item in self._items

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)

    def add(self, item):
        self._items[item] = None

    def discard(self, item):
        self._items.pop(item, None)


class OrderedAsCompleted(asyncio.tasks._AsCompletedIterator):
    """CPython's own iterator; only `todo`, a set comprehension there, is an ordered set here."""

    def __init__(self, aws, timeout):
        loop = asyncio.events.get_event_loop()
        todo = OrderedSet(asyncio.tasks.ensure_future(aw, loop=loop) for aw in OrderedSet(aws))
        super().__init__((), None)
        for future in todo:
            future.add_done_callback(self._handle_completion)
        if todo and timeout is not None:
            self._timeout_handle = loop.call_later(timeout, self._handle_timeout)
        self._todo = todo
        self._todo_left = len(todo)


def apply():
    """Puts the patches in place, for the whole interpreter and for good."""
    # BaseEventLoop looks the class up in its module at every call, so replacing the name there is enough.
    asyncio.events.TimerHandle = FifoTimerHandle
    # A name in a module hides the builtin of the same name: `set(...)` in these two now means OrderedSet.
    asyncio.tasks.set = OrderedSet
    asyncio.taskgroups.set = OrderedSet
    asyncio.tasks._AsCompletedIterator = OrderedAsCompleted
    asyncio.base_events.MAXIMUM_SELECT_TIMEOUT *= 1000
