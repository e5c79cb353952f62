"""Are the sizes of a model numbers?"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from tinytorch.tensor.dims import integer, setting


def check_sizes(config: Any) -> None:
    """Raise unless each field of a config is of its type, and integers are 1 or more.

    Raises:
        TypeError: for another type.
        ValueError: for an integer below 1.
    """
    for field in fields(config):
        value = getattr(config, field.name)
        if field.type == "int" or (field.type == "int | None" and value is not None):
            integer(type(config).__name__, field.name, value, 1)
        elif field.type == "float":
            setting(type(config).__name__, field.name, value)
