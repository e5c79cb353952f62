"""Threads of our own: a kernel cuts its work into slices, and each slice runs on its own core.

NumPy and BLAS let go of Python's lock while they compute, so threads help wherever a slice is large
beside the few microseconds that it costs to hand it over. BLAS has threads too, and two kinds that
wait for each other's cores are slower than none: while these are in use, BLAS is held to one.

With every call NumPy gives the lock away and has to wait until it gets it back. So with threads a
kernel is quick if its calls are few and long: blocks of a mebibyte and more, though the nearest
caches hold less.
"""

from __future__ import annotations

import contextvars
import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_info

Result = TypeVar("Result")

# How much is worth a thread, to which handing it over costs up to 50 microseconds: so many elements
# of something elementwise, or so many multiplications of a matrix product.
ELEMENTS = 2**18
PRODUCTS = 2**24

KEPT = 2**23  # bytes of scratch memory that is kept; what needs more is fetched for the call


class Workers:
    """Threads that share the work of a kernel; the one that calls is the first of them.

    Attributes:
        count: how many there are; 1 while they are not in use.
        started: whether they are in use.
    """

    def __init__(self) -> None:
        self.count = 1
        self.started = False
        self._pool: ThreadPoolExecutor | None = None
        self._blas: Any = None  # what gives BLAS its own threads back
        self._own = threading.local()
        if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
            os.register_at_fork(after_in_child=self._go_on_alone)

    def _go_on_alone(self) -> None:
        self.count, self._pool = 1, None

    def start(self, count: int | None) -> None:
        """Have so many threads from now on, or as many as BLAS had; and BLAS a single one."""
        self.stop()
        self.started = True
        self.count = blas_threads() if count is None else count
        self._blas = ThreadpoolController().limit(limits=1, user_api="blas")
        if self.count > 1:
            self._pool = ThreadPoolExecutor(self.count - 1, "tinytorch")

    def stop(self) -> None:
        """Have one thread, let the others end, and give BLAS its own back."""
        if self._blas is not None:
            self._blas.restore_original_limits()
        if self._pool is not None:
            self._pool.shutdown()
        self.count, self.started, self._pool, self._blas = 1, False, None, None
        self._own = threading.local()  # and with it all scratch memory

    def spread(
        self, work: Callable[[int, int], Result], count: int, least: int = 1
    ) -> list[Result]:
        """Call `work(start, stop)` for slices of `range(count)`, each on a thread.

        Args:
            work: what is done with a slice.
            count: the length of the range; nothing is called where it is 0.
            least: the length from which a slice is worth a thread.

        Returns:
            what the calls returned, in the order of the slices.
        """
        if count == 0:
            return []
        pool = self._pool  # another thread may end it meanwhile
        slices = min(self.count, max(1, count // max(1, least)))
        if slices == 1 or pool is None or self.alone:
            return [work(0, count)]
        cuts = [count * i // slices for i in range(slices + 1)]
        others = [self._handed(pool, work, start, stop) for start, stop in pairwise(cuts[1:])]
        try:
            first = self.by_itself(work, cuts[0], cuts[1])
        finally:
            for other in others:  # so an error leaves nobody behind who still writes
                other.exception()
        return [first, *[other.result() for other in others]]

    def blocks(
        self, work: Callable[[slice], Result], count: int, step: int, least: int = 1
    ) -> list[Result]:
        """Call `work(at)` for blocks of `range(count)`, on several threads.

        Args:
            work: what is done with a block.
            count: the length of the range.
            step: the length of a block; at least 1 is taken.
            least: the length from which a slice of several blocks is worth a thread.

        Returns:
            what the calls returned, in the order of the blocks.
        """
        step = max(1, step)

        def part(start: int, stop: int) -> list[Result]:
            return [
                work(slice(first, min(first + step, stop))) for first in range(start, stop, step)
            ]

        return [found for slices in self.spread(part, count, least) for found in slices]

    def _handed(
        self, pool: ThreadPoolExecutor, work: Callable[[int, int], Result], start: int, stop: int
    ) -> Future[Result]:
        """A slice that another thread works on; or this one, if the others have ended."""
        context = contextvars.copy_context()  # hands NumPy's treatment of overflows on

        def run() -> Result:
            return context.run(self.by_itself, work, start, stop)

        try:
            return pool.submit(run)
        except RuntimeError:  # Python is about to end, or somebody has just left the tier
            done: Future[Result] = Future()
            try:
                done.set_result(run())
            except BaseException as error:
                done.set_exception(error)
            return done

    def by_itself(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Call `work` such that what it would spread stays on this thread."""
        before, self._own.alone = self.alone, True
        try:
            return work(*arguments)
        finally:
            self._own.alone = before

    @property
    def alone(self) -> bool:
        """Whether this thread keeps what it would spread, having been given a slice already."""
        return getattr(self._own, "alone", False)

    def scratch(self, shape: tuple[int, ...], dtype: np.dtype[Any], number: int = 0) -> np.ndarray:
        """Memory of this thread to compute in; whoever asks for that number next overwrites it."""
        buffers = self._own.__dict__.setdefault("buffers", {})
        size, key = math.prod(shape), (number, dtype)
        if size * dtype.itemsize > KEPT:
            return np.empty(shape, dtype)
        if key not in buffers or buffers[key].size < size:
            buffers[key] = np.empty(size, dtype)
        found: np.ndarray = buffers[key][:size].reshape(shape)
        return found

    def scratch_like(self, array: np.ndarray, number: int = 0) -> np.ndarray:
        """`scratch` of the shape and type of an array."""
        return self.scratch(array.shape, array.dtype, number)


workers = Workers()


def blas_threads() -> int:
    """How many threads BLAS uses: one for each core, unless the user's environment says else."""
    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    return max(pools, default=1)
