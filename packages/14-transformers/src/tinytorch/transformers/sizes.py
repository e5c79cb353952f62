"""Are the sizes of a model numbers, and in their ranges?"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from tinytorch.attention.attention import probability, truth
from tinytorch.tensor.dims import integer, setting

TokenIds = int | tuple[int, ...] | None
"""One token, several, or none."""


def check_sizes(config: Any) -> None:
    """Raise unless each field of a config is of its type, and in its range.

    Integers are 1 or more, token ids 0 or more; dropout is from 0 to 1, and `initializer_range` may
    be 0, while all other floats are above 0.

    Raises:
        TypeError: for another type.
        ValueError: for a number out of range.
    """
    kind = type(config).__name__
    for field in fields(config):
        value = getattr(config, field.name)
        if field.type == "int" or (field.type == "int | None" and value is not None):
            integer(kind, field.name, value, 1)
        elif field.type == "TokenIds" and value is not None:
            for token in value if isinstance(value, tuple) else (value,):
                integer(kind, field.name, token, 0)
        elif field.type == "bool":
            truth(kind, field.name, value)
        elif field.name.endswith("_pdrop"):
            probability(kind, field.name, value)
        elif field.type == "float":
            _check_float(kind, field.name, value, zero=field.name == "initializer_range")


def check_config(model: str, config: Any, kind: type) -> None:
    """Raise TypeError unless a model is given its own kind of config."""
    if not isinstance(config, kind):
        raise TypeError(
            f"{model}: config is of type {type(config).__name__}, expected a {kind.__name__}"
        )


def _check_float(kind: str, name: str, value: Any, zero: bool) -> None:
    number = setting(kind, name, value)
    if not 0 <= number < math.inf or (number == 0 and not zero):
        raise ValueError(
            f"{kind}: {name} is {value}, expected " + ("0 or more" if zero else "above 0")
        )
