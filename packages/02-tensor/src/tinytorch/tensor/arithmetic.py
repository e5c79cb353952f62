"""Arithmetic, element by element, with broadcasting."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.primitive import primitive


@primitive(ufunc=np.add)
def add(input: Any, other: Any) -> Any:
    """The sum, element by element: $x + y$."""


@primitive(ufunc=np.multiply)
def mul(input: Any, other: Any) -> Any:
    """The product, element by element: $x y$."""
