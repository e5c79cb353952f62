"""Logic: of truth values, and of the bits of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor.primitive import primitive
from tinytorch.tensor.quiet import quiet


@primitive(ufunc=quiet(np.logical_and), differentiable=False)
def logical_and(input: Any, other: Any) -> Any:
    """Whether both are true, that is, not zero.

    Example:
        >>> logical_and(tensor([0, 1, 2]), tensor([1, 0, 3]))
        tensor([False, False,  True])
    """


@primitive(ufunc=quiet(np.logical_or), differentiable=False)
def logical_or(input: Any, other: Any) -> Any:
    """Whether one or both are true.

    Example:
        >>> logical_or(tensor([0, 1, 0]), tensor([1, 0, 0]))
        tensor([ True,  True, False])
    """


@primitive(ufunc=quiet(np.logical_xor), differentiable=False)
def logical_xor(input: Any, other: Any) -> Any:
    """Whether exactly one is true.

    Example:
        >>> logical_xor(tensor([0, 1, 2]), tensor([1, 0, 3]))
        tensor([ True,  True, False])
    """


@primitive(ufunc=np.logical_not, differentiable=False)
def logical_not(input: Any) -> Any:
    """Whether it is false, that is, zero.

    Example:
        >>> logical_not(tensor([0.0, 0.5]))
        tensor([ True, False])
    """


@primitive(ufunc=np.bitwise_and, differentiable=False)
def bitwise_and(input: Any, other: Any) -> Any:
    """The bits that both have, of integers or booleans.

    Example:
        >>> bitwise_and(tensor([5, 6]), 4)
        tensor([4, 4])
    """


@primitive(ufunc=np.bitwise_or, differentiable=False)
def bitwise_or(input: Any, other: Any) -> Any:
    """The bits that one or both have, of integers or booleans.

    Example:
        >>> bitwise_or(tensor([5, 6]), 1)
        tensor([5, 7])
    """


@primitive(ufunc=np.bitwise_xor, differentiable=False)
def bitwise_xor(input: Any, other: Any) -> Any:
    """The bits that exactly one has, of integers or booleans.

    Example:
        >>> bitwise_xor(tensor([5, 6]), 4)
        tensor([1, 2])
    """


@primitive(ufunc=np.bitwise_not, differentiable=False)
def bitwise_not(input: Any) -> Any:
    """All bits turned over, of an integer or boolean.

    Example:
        >>> bitwise_not(tensor([True, False])), bitwise_not(tensor(5))
        (tensor([False,  True]), tensor(-6))
    """
