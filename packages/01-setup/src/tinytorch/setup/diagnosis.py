"""Does this machine work? What may be wrong with it, and how to mend it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tinytorch.setup.hardware import machine
from tinytorch.setup.home import data_home
from tinytorch.setup.progression import Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Check(NamedTuple):
    """One thing that was looked at.

    Example:
        >>> Check("namespace", False, "/x/tinytorch/__init__.py", "delete that file").ok
        False
    """

    name: str
    ok: bool
    value: str
    mend: str = ""  # what to do where it is wrong, or could be better


class Report:
    """What `doctor` found. Printed, it is a line a check.

    Example:
        >>> print(Report((Check("cores", True, "2 of 2"),)))
        ok     cores  2 of 2
        All is well.
    """

    def __init__(self, checks: tuple[Check, ...]) -> None:
        self.checks = checks

    @property
    def ok(self) -> bool:
        """Whether every check is."""
        return all(check.ok for check in self.checks)

    @property
    def verdict(self) -> str:
        """The report in a sentence."""
        wrong = sum(not check.ok for check in self.checks)
        return f"{wrong} of {len(self.checks)} checks failed." if wrong else "All is well."

    def __str__(self) -> str:
        width = max((len(check.name) for check in self.checks), default=0)
        lines = []
        for check in self.checks:
            lines.append(f"{'ok' if check.ok else 'WRONG':5}  {check.name:{width}}  {check.value}")
            if check.mend:
                lines.append(f"{'':5}  {'':{width}}  -> {check.mend}")
        return "\n".join([*lines, self.verdict])


def doctor() -> Report:
    """Look over the machine and the installed packages; nothing is changed or imported.

    It looks at Python, NumPy, its BLAS and threads, a matrix product, cores, memory, the data
    folder, whether something shadows the namespace `tinytorch`, and for every installed
    module whether it is where it says, as it says, with everything that it requires.

    Example:
        >>> [check.name for check in doctor().checks][:3]
        ['python', 'numpy', 'blas']
    """
    return Report((*_hardware(), _arithmetic(), _data(), _namespace(), *_modules()))


def _hardware() -> Iterator[Check]:
    here = machine()
    memory = "unknown" if here.memory is None else f"{here.memory / 2**30:.1f} GiB"
    yield Check("python", True, f"{here.python} on {here.system}")
    yield Check("numpy", True, here.numpy)
    if here.blas == "none":
        mend = "matrix products will be slow: pip install --force-reinstall numpy"
        yield Check("blas", False, here.blas, mend)
    else:
        threads = here.blas_threads
        many = threads is not None and threads > here.cores
        mend = ""
        if many:
            mend = f"more threads than cores are slow: set OPENBLAS_NUM_THREADS={here.cores}"
        elif " as " in here.blas:
            mend = "OpenBLAS knows best, unless OPENBLAS_CORETYPE chooses its kernels: unset it"
        value = f"{here.blas}, threads: {threads or 'default'}"
        yield Check("blas", True, value, mend)
    cores = f"{here.cores} of {here.installed_cores}, {here.processor}"
    yield Check("cores", True, cores)
    yield Check("memory", True, memory)


def _arithmetic() -> Check:
    """Compare a float32 matrix product, where BLAS computes, with the exact one of integers."""
    whole = np.arange(128 * 128).reshape(128, 128) % 7
    real = whole.astype(np.float32)
    if np.array_equal(real @ real, whole @ whole):
        return Check("product", True, "exact")
    mend = "NumPy is broken: pip install --force-reinstall numpy"
    return Check("product", False, "a float32 matrix product is wrong", mend)


def _data() -> Check:
    home = data_home()
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        from shutil import disk_usage  # slow to import

        free = disk_usage(there).free / 2**30
        return Check("data", True, f"{home}, {free:.1f} GiB free")
    mend = "set TINYTORCH_HOME to a folder of yours"
    return Check("data", False, f"{home} can't be written", mend)


def _namespace() -> Check:
    """Look for a module `tinytorch`: wherever it lies on the path, it hides our packages."""
    from pathlib import Path

    for entry in sys.path:
        for file in (Path(entry, "tinytorch", "__init__.py"), Path(entry, "tinytorch.py")):
            if file.is_file():
                owner = _owner(file)
                mend = f"pip uninstall {owner}" if owner else "delete or rename that file"
                value = f"{file} (of {owner or 'no distribution'}) hides tinytorch.*"
                return Check("namespace", False, value, mend)
    return Check("namespace", True, "tinytorch.* is not shadowed")


def _owner(file: Path) -> str | None:
    """Return the name of the distribution that installed a file."""
    from importlib.metadata import distributions

    for distribution in distributions():
        for path in distribution.files or ():
            if path.name == file.name and path.locate() == file:
                return distribution.metadata["Name"]
    return None


def _modules() -> Iterator[Check]:
    try:
        installed = modules()
    except ValueError as error:
        yield Check("modules", False, str(error), "uninstall that distribution")
        return
    if not installed:
        mend = "pip install tinytorch-setup"
        yield Check("modules", False, "none is installed, though this code runs", mend)
    for module in installed:
        faults = tuple(_faults(module))
        value = "; ".join(fault for fault, _ in faults)
        mend = "pip install " + " ".join(dict.fromkeys(mend for _, mend in faults))
        name = f"{module.number:02d} {module.name}"
        yield Check(name, False, value, mend) if faults else Check(name, True, module.version)


def _faults(module: Module) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an installed module, each with pip's arguments that mend it."""
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    again = f"--force-reinstall {module.distribution}"
    spec = find_spec(module.name)
    if spec is None or spec.origin is None:
        yield f"{module.name} can't be found", again
    else:
        with open(spec.origin, encoding="utf-8") as file:
            code = re.search(r'^__version__ = "(.+)"', file.read(), re.MULTILINE)
        if code and code[1] != module.version:
            yield f"installed as {module.version}, its code is {code[1]}", again
    for requirement in module.requires:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        try:
            found = version(name)
        except PackageNotFoundError:
            yield f"{name} is missing", f"'{requirement}'"
            continue
        if not _satisfies(found, requirement):
            yield f"{requirement} is required, {found} is installed", f"'{requirement}'"


def _satisfies(version: str, requirement: str) -> bool:
    """Say whether a version is in a requirement's range.

    Pre-releases count as the release, and clauses other than `>= > <= < == !=` with a plain
    number as satisfied.
    """
    found = _release(version)
    for operator, bound in re.findall(r"(>=|<=|==|!=|>|<)([\d.]+)(?:,|$)", requirement):
        limit = _release(bound)
        if not {
            ">=": found >= limit,
            ">": found > limit,
            "<=": found <= limit,
            "<": found < limit,
            "==": found == limit,
            "!=": found != limit,
        }[operator]:
            return False
    return True


def _release(version: str) -> tuple[int, ...]:
    """Return a version's release numbers without zeros at the end: "0.1.0rc1" is (0, 1)."""
    numbers = re.findall(r"\d+", re.split(r"[^\d.]", version, maxsplit=1)[0])
    return tuple(int(number) for number in re.sub(r"( 0)*$", "", " ".join(numbers)).split())
