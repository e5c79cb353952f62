"""What only a fresh process can tell: its greatest memory, and the time that an import takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tinytorch.setup import process_peak

if TYPE_CHECKING:
    from collections.abc import Callable


def peak_memory(fn: Callable[[], object]) -> int:
    """Return the most memory, in bytes, that a fresh process held resident while it ran `fn`.

    It is what the operating system counted, whoever asked for the memory: Python's own
    `tracemalloc` sees what NumPy allocates, but neither BLAS nor another framework. The peak holds
    the interpreter and all imports; subtract the peak of a function that only imports.

    Args:
        fn: a function at the top level of a module that can be imported, without arguments.

    Raises:
        TypeError: if `fn` can't be found by its name in a fresh process.
        RuntimeError: where the system does not tell (Windows).
        Exception: what `fn` raises.

    Example:
        >>> import gc
        >>> peak_memory(gc.collect) > 1_000_000
        True
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    name = getattr(fn, "__qualname__", repr(fn))
    if not name.isidentifier():
        raise TypeError(
            f"peak_memory: fn is {name}, expected a function at the top level of a module, "
            "for a fresh process to import"
        )
    # Spawned, not forked: a forked process would begin with all that this one holds.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_peak_after, fn).result()


def _peak_after(fn: Callable[[], object]) -> int:
    fn()
    peak = process_peak()
    if peak is None:
        raise RuntimeError("peak_memory: this system does not tell a process's peak")
    return peak


def import_time(*modules: str, after: str = "") -> float:
    """Return how long imports take, in seconds, in a fresh interpreter.

    The first time after an installation Python compiles the sources too: leave out that round.

    Args:
        modules: what to import, at least one.
        after: what is imported before the clock starts: `import_time("tinytorch.tensor",
            after="numpy")` is what the tensor adds to NumPy.

    Raises:
        ValueError: if a module's name is not one, or none is given.
        ImportError: if an import fails; with the traceback.

    Example:
        >>> import_time("json") > 0
        True
    """
    import subprocess

    if not modules:
        raise ValueError("import_time: no module is given, expected at least one")
    for name in (*modules, after) if after else modules:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"import_time: {name!r} is no module's name")
    code = (
        f"{f'import {after}' if after else ''}\n"
        "from time import perf_counter\n"
        "start = perf_counter()\n"
        f"import {', '.join(modules)}\n"
        "print(perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise ImportError(f"import_time: {', '.join(modules)} can't be imported\n{done.stderr}")
    return float(done.stdout.split()[-1])
