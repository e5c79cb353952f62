"""The packages, read from the metadata that each writes about itself.

A folder `packages/NN-name` with a `pyproject.toml` is all it takes to appear here; no list of
packages is kept anywhere on the site.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mkdocs.exceptions import PluginError

PHASES = {
    "foundation": "Foundation",
    "learning": "Learning to learn",
    "modern": "Modern AI",
    "systems": "System optimisation",
    "capstone": "Capstone",
}


@dataclass(frozen=True)
class Package:
    """What one `pyproject.toml` says."""

    number: int
    name: str
    phase: str
    problem: str
    ability: str
    dependencies: frozenset[str]

    @property
    def import_name(self) -> str:
        return f"tinytorch.{self.name}"

    @property
    def label(self) -> str:
        return f"{self.number:02} {self.name}"

    @property
    def chapter(self) -> str:
        """Where the chapter is, or will be, in the docs folder."""
        return f"chapters/{self.number:02}-{self.name}.md"

    @property
    def reference(self) -> str:
        """Where the API reference is in the docs folder."""
        return f"api/{self.number:02}-{self.name}.md"


def read_packages(folder: Path) -> list[Package]:
    """All packages under `folder`, in the order of their numbers."""
    files = folder.glob("*/pyproject.toml")
    return sorted((read_package(file) for file in files), key=lambda package: package.number)


def read_package(file: Path) -> Package:
    """One package, from its `pyproject.toml`."""
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    [(number, import_name)] = project["entry-points"]["tinytorch.modules"].items()
    [phase] = project["keywords"]
    if phase not in PHASES:
        raise PluginError(f"{file}: the phase is {phase!r}, expected one of {', '.join(PHASES)}")
    problem, arrow, ability = project["description"].partition(" → ")
    if not arrow:
        raise PluginError(f"{file}: the description has no ' → ' between problem and ability")
    siblings = (re.match(r"tinytorch-(\w+)", line) for line in project["dependencies"])
    return Package(
        number=int(number),
        name=import_name.removeprefix("tinytorch."),
        phase=phase,
        problem=problem,
        ability=ability,
        dependencies=frozenset(sibling[1] for sibling in siblings if sibling),
    )
