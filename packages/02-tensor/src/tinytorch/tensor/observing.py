"""Seam 4: watch what is computed, without changing it.

Every primitive call, every derivative rule, every optimiser update and every module call is an
event. A profiler, a calibration pass, an exporter or a hunt for NaN is a function of events. While
nobody observes, an operation pays one test.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

Phase = Literal["forward", "backward", "update"]


@dataclasses.dataclass(slots=True, eq=False)
class Event:
    """Something that was computed.

    Attributes:
        name: of the primitive, or the class of the module or optimiser.
        phase: forward, backward (a derivative rule) or update (an optimiser).
        source: the primitive, module or optimiser itself.
        args: its inputs as the caller passed them, Tensors as Tensors.
        settings: its keyword arguments, for a primitive all of them.
        start: when it began, in seconds of `time.perf_counter`.
        end: when it ended.
        result: what it returned; None if it raised.
        parent: the event in the same thread within which it happened.

    Example:
        >>> from tinytorch.tensor import ones
        >>> events = []
        >>> with observe(events.append):
        ...     _ = ones(2, 3) * 2
        >>> [(event.name, event.phase, event.result.shape) for event in events]
        [('mul', 'forward', (2, 3))]
    """

    name: str
    phase: Phase
    source: Any
    args: tuple[Any, ...]
    settings: Mapping[str, Any]
    start: float
    end: float = 0.0
    result: Any = None
    parent: Event | None = None


Observer = Callable[[Event], object]


observers: list[Observer] = []


class _Thread(threading.local):
    within: Event | None = None
    notifying = False  # an observer is running: what it computes itself is no event


_thread = _Thread()


@contextlib.contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """Call `observer` with each event, when it has ended, for the length of a `with` block.

    Events come from every thread, in the thread where they happened; an inner event comes before
    the one that it is part of. What the observer itself computes makes no events.

    Example:
        >>> import tinytorch.tensor as tt
        >>> with observe(lambda event: print(event.name, event.args[1].shape)):
        ...     _ = tt.ones(2, 3) + tt.ones(3)
        add (3,)
    """
    observers.append(observer)
    try:
        yield
    finally:
        observers.remove(observer)


@contextlib.contextmanager
def emitting(
    name: str, phase: Phase, source: Any, args: tuple[Any, ...], settings: Mapping[str, Any]
) -> Iterator[Event]:
    """Make the block, which sets `event.result`, an event; for when `observers` has any."""
    event = Event(name, phase, source, args, settings, time.perf_counter(), parent=_thread.within)
    _thread.within = event
    try:
        yield event
    finally:
        event.end = time.perf_counter()
        _thread.within = event.parent
        if not _thread.notifying:
            _thread.notifying = True
            try:
                for observer in observers.copy():
                    observer(event)
            finally:
                _thread.notifying = False
