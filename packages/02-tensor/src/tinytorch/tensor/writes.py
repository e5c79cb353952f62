"""One clock for the process: when an operation was recorded, and when memory was written in place.

A backward pass multiplies by arrays that the forward pass saved. If somebody has written into one
of them in between, the gradient would be wrong and nobody would know. So every in-place write made
through TinyTorch notes its time here under the array that owns the memory, views included, and the
backward pass compares it with the time of its operation.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor.recording import Leaf, installed, mode

if TYPE_CHECKING:
    from tinytorch.tensor.tensor import Tensor

tick: Callable[[], int] = itertools.count(1).__next__
"""The next time on the clock; safe to call from any thread."""


class _Writes:
    """The time of the last write into each piece of memory that was written to."""

    __slots__ = ("last", "lock", "owners", "times")

    def __init__(self) -> None:
        self.last = 0  # of all writes: an operation recorded later than this has nothing to check
        self.lock = threading.RLock()  # a collected owner's callback may run inside `note`
        self.times: dict[int, int] = {}
        self.owners: dict[int, weakref.ref[np.ndarray]] = {}

    def note(self, array: np.ndarray) -> None:
        """Remember that `array` was written into just now."""
        owner = _owner(array)
        key = id(owner)
        with self.lock:
            if key not in self.owners:
                self.owners[key] = weakref.ref(owner, lambda _: self._forget(key))
            self.last = self.times[key] = tick()

    def since(self, array: np.ndarray) -> int:
        """When the memory behind `array` was last written into; 0 if never."""
        return self.times.get(id(_owner(array)), 0)

    def _forget(self, key: int) -> None:
        with self.lock:
            self.times.pop(key, None)
            self.owners.pop(key, None)


def _owner(array: np.ndarray) -> np.ndarray:
    """The array at the bottom of a chain of views."""
    base: Any = array
    while base is not None:  # in the chain of `as_strided` stands an object that is no array
        if isinstance(base, np.ndarray):
            array = base
        base = getattr(base, "base", None)
    return array


writes = _Writes()


def writable(tensor: Tensor, operation: str, value: Any = None) -> np.ndarray:
    """The array of `tensor`, to write into; call `writes.note` when it is done.

    Raises:
        RuntimeError: where the write would make a recorded gradient wrong (into a result of a
            recorded operation, into a leaf while recording, of a value that needs a gradient), or
            where several elements share one place in memory (an expanded tensor).
    """
    node = tensor.node
    recording = mode.enabled and installed.recorder is not None
    if node is not None:
        if not isinstance(node, Leaf):
            raise RuntimeError(
                f"{operation}: writes in place into the result of a recorded operation; "
                "compute a new tensor instead, or write into .detach()"
            )
        if recording:
            raise RuntimeError(
                f"{operation}: writes in place into a leaf that requires a gradient; "
                "do it inside `with no_grad():`"
            )
    if recording and getattr(value, "requires_grad", False):
        raise RuntimeError(
            f"{operation}: the value requires a gradient, which a write in place would lose; "
            "compute a new tensor instead, or pass value.detach()"
        )
    array = tensor._array
    if not array.flags.writeable:
        raise RuntimeError(
            f"{operation}: the tensor's memory cannot be written to: it is an expanded view, or "
            "shares a read-only array; write into .clone()"
        )
    return array
