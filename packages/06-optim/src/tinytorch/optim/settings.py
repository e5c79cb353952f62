"""Is a setting what it should be? A function for each kind, whose error says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any


def number(value: Any, owner: str, name: str) -> None:
    """Raise TypeError if a setting is no number; a tensor is none."""
    if not isinstance(value, Real):
        raise TypeError(f"{owner}: {name} is {type(value).__name__}, expected a number")


def at_least_zero(settings: Mapping[str, Any], owner: str, *names: str) -> None:
    """Raise if one of these settings is no number, negative or NaN."""
    for name in names:
        number(settings[name], owner, name)
        if not settings[name] >= 0:
            raise ValueError(f"{owner}: {name} is {settings[name]}, expected at least 0")


def fraction(value: Any, owner: str, name: str) -> None:
    """Raise if a setting is no number from 0 to below 1."""
    number(value, owner, name)
    if not 0 <= value < 1:
        raise ValueError(f"{owner}: {name} is {value}, expected from 0 to below 1")


def numbers(values: Any, owner: str, name: str, count: int) -> None:
    """Raise if a setting is not a tuple or list of so many numbers."""
    if not isinstance(values, tuple | list) or len(values) != count:
        raise ValueError(f"{owner}: {name} is {values!r}, expected {count} numbers")
    for i, value in enumerate(values):
        number(value, owner, f"{name}[{i}]")


def betas(values: Any, owner: str) -> None:
    """Raise if the decay rates of two running averages are not two numbers from 0 to below 1."""
    numbers(values, owner, "betas", 2)
    for i, value in enumerate(values):
        fraction(value, owner, f"betas[{i}]")


def choice(value: Any, owner: str, name: str, *choices: str) -> None:
    """Raise if a setting is none of these words."""
    if value not in choices:
        raise ValueError(f"{owner}: {name} is {value!r}, expected {' or '.join(choices)}")


def per_group(value: Any, groups: int, owner: str, name: str) -> list[Any]:
    """A value for each group: a list or tuple has one for each, anything else is for all."""
    values = list(value) if isinstance(value, list | tuple) else [value] * groups
    if len(values) != groups:
        raise ValueError(
            f"{owner}: {name} has {len(values)} values, expected one for each of the optimizer's "
            f"{groups} groups"
        )
    return values
