"""The installed part of the course, read from the packages' own metadata.

Every package announces itself by an entry point in the group `tinytorch.modules` (the number,
and the name to import). Its summary says the problem that it solves and, after an arrow, what
its reader can then do; its keyword is the phase it belongs to.
"""

from __future__ import annotations

from typing import NamedTuple

PHASES = {
    "foundation": "Foundation",
    "learning": "Learning to learn",
    "modern": "Modern AI",
    "systems": "System optimisation",
    "capstone": "Capstone",
}
"""The phases of the course in order: the keyword in a package's metadata, and the title."""


class Module(NamedTuple):
    """An installed module of the course (see `modules`).

    Example:
        >>> setup = modules()[0]
        >>> setup.number, setup.name, setup.phase
        (1, 'tinytorch.setup', 'foundation')
        >>> setup.problem
        'Does my machine work, and will my run repeat?'
    """

    number: int
    name: str  # to import: tinytorch.setup
    distribution: str  # to install: tinytorch-setup
    version: str
    phase: str  # a key of PHASES
    problem: str
    can_do: str
    requires: tuple[str, ...]  # numpy<3,>=2.0 …; without what only an extra needs


def modules() -> tuple[Module, ...]:
    """Return the installed modules in the order of their numbers.

    Raises:
        ValueError: if a package announces itself by something that is not a number.

    Example:
        >>> modules()[0].distribution
        'tinytorch-setup'
    """
    from importlib.metadata import entry_points

    found = []
    for point in entry_points(group="tinytorch.modules"):
        if point.dist is None:  # an entry point that belongs to no distribution
            continue
        if not point.name.isdecimal():
            raise ValueError(
                f"modules: {point.dist.name} announces {point.value} as {point.name!r}, "
                "expected the module's number"
            )
        metadata = point.dist.metadata.json
        problem, _, can_do = str(metadata.get("summary", "")).partition(" → ")
        found.append(
            Module(
                number=int(point.name),
                name=point.value,
                distribution=point.dist.name,
                version=point.dist.version,
                phase=" ".join(metadata.get("keywords", ())),
                problem=problem,
                can_do=can_do,
                requires=tuple(text for text in point.dist.requires or () if ";" not in text),
            )
        )
    return tuple(sorted(found, key=lambda module: module.number))


def outlook(installed: tuple[Module, ...], number: int) -> str:
    """Say in a line what can be done after a module, and which problem the next one solves."""
    by_number = {module.number: module for module in installed}
    here, after = by_number[number], by_number.get(number + 1)
    line = f"{here.number:02d} done. You can now: {here.can_do}"
    return f"{line} Next, {after.number:02d}: {after.problem}" if after else line
