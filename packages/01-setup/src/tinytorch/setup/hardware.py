"""What the program runs on: processor, memory, Python, NumPy and its BLAS.

BLAS is the library behind NumPy's matrix products, where a network spends most of its time.
Timings are worth little without these lines beside them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Machine(NamedTuple):
    """The machine as this process may use it (see `machine`).

    Example:
        >>> machine().cores >= 1
        True
    """

    system: str  # Linux x86_64
    processor: str
    cores: int  # that this process may use
    installed_cores: int
    memory: int | None  # bytes that this process may use; None where nobody tells
    python: str
    numpy: str
    blas: str  # scipy-openblas 0.3.31; with `as Haswell` where the user chose its kernels
    blas_threads: int | None  # None: its own choice, usually one a core

    def __str__(self) -> str:
        threads = self.blas_threads or "default"
        memory = "unknown" if self.memory is None else f"{self.memory / 2**30:.1f} GiB"
        return (
            f"{self.processor}, {self.cores} of {self.installed_cores} cores, {memory}; "
            f"{self.system}; Python {self.python}; NumPy {self.numpy} "
            f"({self.blas}, threads: {threads})"
        )


def machine() -> Machine:
    """Describe the machine; processor affinity and the limits of a container are respected.

    Example:
        >>> machine().python.count(".")
        2
    """
    import platform

    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=usable_cores(),
        installed_cores=os.cpu_count() or 1,
        memory=_usable_memory(),
        python=platform.python_version(),
        numpy=np.__version__,
        blas=_blas(),
        blas_threads=_blas_threads(),
    )


def usable_cores() -> int:
    """Return how many cores this process may use, at least 1.

    `os.cpu_count()` counts those of the whole machine; a container or a batch system often
    allows fewer, and more threads than cores make a program slower.

    Example:
        >>> 1 <= usable_cores() <= os.cpu_count()
        True
    """
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        cores = min(cores, len(os.sched_getaffinity(0)))
    quota = _cgroup_cores()
    return max(1, cores if quota is None else min(cores, int(quota)))


def _processor() -> str:
    import platform

    for line in _lines("/proc/cpuinfo"):
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _blas() -> str:
    config = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    name = f"{blas.get('name', '')} {blas.get('version', '')}".strip() or "none"
    chosen = os.environ.get("OPENBLAS_CORETYPE") if "openblas" in name else None
    return f"{name} as {chosen}" if chosen else name


def _blas_threads() -> int | None:
    """Return the number of threads by threadpoolctl, or else by the usual variables."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        chosen = [
            os.environ.get(f"{library}_NUM_THREADS", "") for library in ("OPENBLAS", "MKL", "OMP")
        ]
        return next((int(text) for text in chosen if text.isdecimal()), None)
    return max(
        (pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"),
        default=None,
    )


def _usable_memory() -> int | None:
    try:
        import psutil
    except ImportError:
        if not hasattr(os, "sysconf"):  # Windows
            return None
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    else:
        total = psutil.virtual_memory().total
    limit = _cgroup_memory()
    return total if limit is None else min(total, limit)


def _cgroup_cores() -> float | None:
    """Return the smallest quota of processor time that Linux sets this process, in cores."""
    quotas = []
    for folder in _cgroups("cpu"):
        for text in _lines(folder / "cpu.max"):  # version 2: "200000 100000", "max 100000"
            quota, _, period = text.partition(" ")
            if quota != "max":
                quotas.append(int(quota) / int(period))
        for quota in _lines(folder / "cpu.cfs_quota_us"):  # version 1: -1 is no limit
            if int(quota) > 0:
                (period,) = _lines(folder / "cpu.cfs_period_us")
                quotas.append(int(quota) / int(period))
    return min(quotas, default=None)


def _cgroup_memory() -> int | None:
    """Return the smallest memory limit that Linux sets this process, in bytes."""
    return min(
        (
            int(text)
            for folder in _cgroups("memory")
            for file in ("memory.max", "memory.limit_in_bytes")
            for text in _lines(folder / file)
            if text != "max"
        ),
        default=None,
    )


def _cgroups(controller: str) -> Iterator[Path]:
    """Yield the folders of the control groups (both versions) that this process is in."""
    from pathlib import Path

    for line in _lines("/proc/self/cgroup"):  # "4:cpu,cpuacct:/path"; version 2: "0::/path"
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = Path("/sys/fs/cgroup", controller if controllers else "")
        group = top / path.lstrip("/")
        yield from (group, *(parent for parent in group.parents if parent.is_relative_to(top)))


def _lines(path: str | Path) -> list[str]:
    """Return a file's lines, none if it can't be read."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except OSError:
        return []


def process_peak() -> int | None:
    """Return the most memory, in bytes, that this process ever held resident.

    It is what the operating system counted, whoever asked for the memory: the interpreter, every
    import, NumPy and BLAS. None where the system does not tell (Windows).

    Example:
        >>> process_peak() is None or process_peak() > 1_000_000
        True
    """
    try:
        # Not ru_maxrss: on Linux a process inherits it from the one that started it.
        with open("/proc/self/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
