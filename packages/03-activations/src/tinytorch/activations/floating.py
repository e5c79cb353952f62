"""Activations are of floating-point numbers; as in PyTorch, `relu` and `sigmoid` take integers."""

from __future__ import annotations

from typing import Any


def require_floating(name: str, input: Any) -> None:
    """Refuse what is no tensor or array of floating-point numbers.

    Raises:
        TypeError: if it is not.
    """
    dtype = getattr(input, "dtype", None)
    if dtype is None:
        raise TypeError(f"{name}: input is of type {type(input).__name__}, expected a tensor")
    if dtype.kind != "f":
        raise TypeError(
            f"{name}: input has type {dtype}, expected floating point; use input.float()"
        )
