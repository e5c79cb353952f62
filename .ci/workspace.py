"""The packages of this repository, as their own pyproject.toml and sources tell.

nox and the repository's checks both read them here. Nothing is imported from a package.
"""

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement


@dataclass(frozen=True)
class Package:
    """One folder of packages/."""

    folder: Path

    @cached_property
    def toml(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))

    @property
    def project(self) -> dict[str, Any]:
        project: dict[str, Any] = self.toml["project"]
        return project

    @property
    def number(self) -> str:
        return self.folder.name[:2]

    @property
    def name(self) -> str:
        """The distribution's: `tinytorch-autograd`."""
        return str(self.project["name"])

    @property
    def module(self) -> str:
        """What one imports: `tinytorch.autograd`."""
        return self.name.replace("-", ".", 1)

    @property
    def leaf(self) -> str:
        return self.name.partition("-")[2]

    @property
    def phase(self) -> str:
        return str(self.project["keywords"][0])

    @property
    def problem(self) -> str:
        return str(self.project["description"]).partition(" → ")[0]

    @property
    def solution(self) -> str:
        """What one can do once the problem is solved."""
        return str(self.project["description"]).partition(" → ")[2]

    @property
    def dependencies(self) -> list[Requirement]:
        return [Requirement(text) for text in self.project.get("dependencies", [])]

    @property
    def extras(self) -> list[Requirement]:
        groups = self.project.get("optional-dependencies", {}).values()
        return [Requirement(text) for group in groups for text in group]

    def group(self, name: str) -> list[str]:
        """The requirements of one of its dependency groups, none where it has no such group."""
        return list(self.toml.get("dependency-groups", {}).get(name, []))

    @property
    def source(self) -> Path:
        """The folder of its module."""
        return self.folder / "src" / "tinytorch" / self.leaf

    @property
    def init(self) -> ast.Module:
        return ast.parse((self.source / "__init__.py").read_text("utf-8"))

    @property
    def version(self) -> str:
        return str(self._assigned("__version__"))

    @property
    def public(self) -> list[str]:
        """The names of `__all__`."""
        return [str(name) for name in self._assigned("__all__")]

    def _assigned(self, name: str) -> Any:
        for node in self.init.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                return ast.literal_eval(node.value)
        raise LookupError(f"{self.module}: __init__.py assigns no {name}")


def packages(root: Path) -> list[Package]:
    """Every package under a repository's root, in the order of their numbers."""
    found = root.glob("packages/[0-9][0-9]-*/pyproject.toml")
    return [Package(path.parent) for path in sorted(found)]


def closure(known: list[Package], names: Iterable[str]) -> list[Package]:
    """The packages named and all that they declare, transitively, in the order of their numbers."""
    by_name = {package.name: package for package in known}
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in by_name:
            raise LookupError(f"{name} is not in packages/, and ours never come from an index")
        if name not in found:
            found.add(name)
            todo += [r.name for r in by_name[name].dependencies if is_ours(r)]
    return [package for package in known if package.name in found]


def is_ours(requirement: Requirement) -> bool:
    return requirement.name.partition("-")[0] == "tinytorch"


def said(root: Path, script: str, *arguments: str) -> Iterator[str]:
    """What a script beside this file prints, line by line, run on a tree's own sources."""
    sources = os.pathsep.join(str(package.folder / "src") for package in packages(root))
    run = subprocess.run(
        [sys.executable, str(Path(__file__).parent / script), *arguments],
        env={**os.environ, "PYTHONPATH": sources},
        capture_output=True,
        text=True,
    )
    yield from run.stdout.splitlines()
    if run.returncode:  # nothing can be said about a tree that does not import
        yield run.stderr.splitlines()[-1]
