"""Every example in Markdown and docstrings runs, and prints what it says."""

import builtins
import doctest
import importlib
from pathlib import Path
from typing import Any

import pytest

from checks.examples import Docstring, docstrings, pages, run_docstring, run_page
from workspace import Package, closure, packages

ROOT = Path(__file__).parents[2]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("page", pages(ROOT), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run(page: Path, tmp_path: Path) -> None:
    if fault := run_page(page, tmp_path):
        pytest.fail(fault, pytrace=False)


def _examples() -> list[Any]:
    found = []
    for package in packages(ROOT):
        for path in sorted(package.source.rglob("*.py")):
            inside = path.relative_to(package.source.parents[1]).with_suffix("").parts
            module = ".".join(inside).removesuffix(".__init__")
            found += [
                pytest.param(package, module, docstring, id=f"{module}.{docstring.name}")
                for docstring in docstrings(path)
            ]
    return found


def _reach(package: Package) -> dict[str, Any]:
    """The public names of a package and of what it declares, but none that hides a builtin."""
    names: dict[str, Any] = {}
    for other in closure(packages(ROOT), [package.name]):
        public = vars(importlib.import_module(other.module))
        names |= {name: public[name] for name in other.public if not hasattr(builtins, name)}
    return names


@pytest.mark.parametrize(("package", "module", "docstring"), _examples())
def test_the_examples_of_a_docstring_run(
    package: Package,
    module: str,
    docstring: Docstring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace = _reach(package) | vars(importlib.import_module(module))
    if faults := run_docstring(docstring, namespace, OPTIONS):
        pytest.fail("\n".join(faults), pytrace=False)
