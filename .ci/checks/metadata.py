"""Every package says the same things about itself, in the same form."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from workspace import is_ours, packages

PHASES = ["foundation", "learning", "modern", "systems", "capstone"]


def descriptions(root: Path) -> Iterator[str]:
    """`The problem. → what you can do now.`: nox and `tinytorch modules` put it into sentences."""
    for package in packages(root):
        said = package.project["description"]
        if not re.fullmatch(r"[^→ ][^→]* → [^→A-Z ][^→]*\.", said):
            where = f"{package.folder.relative_to(root)}/pyproject.toml"
            yield f"{where}: description is '{said}', expected 'The problem → what you can do now.'"


def phases(root: Path) -> Iterator[str]:
    """The keyword is the phase, and phases follow each other along the numbers."""
    last = 0
    for package in packages(root):
        where = f"{package.folder.relative_to(root)}/pyproject.toml"
        keywords = package.project.get("keywords", [])
        if len(keywords) != 1 or keywords[0] not in PHASES:
            yield f"{where}: keywords are {keywords}, expected one of {PHASES}"
        elif PHASES.index(keywords[0]) < last:
            yield f"{where}: {keywords[0]} comes after {PHASES[last]}"
        else:
            last = PHASES.index(keywords[0])


def sibling_ranges(root: Path) -> Iterator[str]:
    """Siblings are required by a bounded range, and the version that is here satisfies it."""
    known = packages(root)
    version = {package.name: package.version for package in known}
    for package in known:
        where = f"{package.folder.relative_to(root)}/pyproject.toml"
        for requirement in filter(is_ours, [*package.dependencies, *package.extras]):
            present = version.get(requirement.name)
            bounds = {specifier.operator for specifier in requirement.specifier}
            if bounds != {">=", "<"}:
                yield f"{where}: {requirement}, expected a range >=…,<…"
            elif present is None or present not in requirement.specifier:
                yield f"{where}: {requirement}, but {requirement.name} is {present}"


def files(root: Path) -> Iterator[str]:
    """Each package has the files that every package has."""
    for package in packages(root):
        expected = [
            package.folder / "LICENSE",
            package.folder / "README.md",
            package.folder / "CHANGELOG.md",
            package.source / "py.typed",
            package.folder / "tests" / "test_tour.py",
            root / "docs" / "chapters" / f"{package.folder.name}.md",
        ]
        missing = [path for path in expected if not path.exists()]
        yield from (f"{path.relative_to(root)}: missing" for path in missing)
        changes = package.folder / "CHANGELOG.md"
        if changes.exists() and f"## {package.version}" not in changes.read_text("utf-8"):
            yield f"{changes.relative_to(root)}: says nothing about {package.version}"


def hatch_knows_test_groups(root: Path) -> Iterator[str]:
    """What one package's tests need beyond pytest stands in the root's group `members` too."""
    groups = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    for package in packages(root):
        for requirement in package.group("test"):
            if requirement not in groups["members"]:
                where = f"{package.folder.relative_to(root)}/pyproject.toml"
                yield f"{where}: tests need {requirement}, which the root's group members lacks"
