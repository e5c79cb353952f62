"""Scores become probabilities: all positive, and adding up to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.activations.floating import require_floating
from tinytorch.tensor import cast, primitive
from tinytorch.tensor.dims import one_dim
from tinytorch.tensor.dtypes import DTypeLike, as_dtype
from tinytorch.tensor.extremes import largest
from tinytorch.tensor.summation import add_up, working_type


@primitive
def softmax_over(input: Any, *, dim: tuple[int, ...]) -> Any:
    """What `softmax` computes, with the largest score taken off first: nothing overflows."""
    with np.errstate(all="ignore"):
        out = _below_the_largest(input, dim)
        np.exp(out, out=out)
        out /= add_up(out, dim, keepdim=True)
    return out.astype(input.dtype, copy=False)


def softmax(input: Any, dim: int | None = None, *, dtype: DTypeLike | None = None) -> Any:
    r"""Probabilities in proportion to $e^x$: $\text{softmax}(x)_i = e^{x_i} / \sum_j e^{x_j}$.

    Args:
        input: scores of any shape. One of -inf gets the probability 0; where all are, it is nan.
        dim: the dimension along which the probabilities add up to 1.
        dtype: a type that the input is brought to first.

    Returns:
        probabilities of the input's shape.

    Raises:
        TypeError: for integers and booleans.
        ValueError: if `dim` is not given.
        IndexError: if there is no such dimension.

    Example:
        >>> softmax(tensor([[1.0, 2.0, 3.0], [1000.0, 0.0, -1000.0]]), dim=1)
        tensor([[0.0900, 0.2447, 0.6652],
                [1.0000, 0.0000, 0.0000]])
    """
    input = _floating("softmax", input, dtype)
    return softmax_over(input, dim=_dims("softmax", input, dim))


@primitive
def log_softmax_over(input: Any, *, dim: tuple[int, ...]) -> Any:
    """What `log_softmax` computes, with the largest score taken off first."""
    with np.errstate(all="ignore"):
        out = _below_the_largest(input, dim)
        out -= np.log(add_up(np.exp(out), dim, keepdim=True))
    return out.astype(input.dtype, copy=False)


def log_softmax(input: Any, dim: int | None = None, *, dtype: DTypeLike | None = None) -> Any:
    r"""The logarithm of softmax, $x_i - \ln \sum_j e^{x_j}$; no probability rounds to 0 in between.

    Args:
        input: scores of any shape.
        dim: the dimension along which the probabilities add up to 1.
        dtype: a type that the input is brought to first.

    Returns:
        logarithms of probabilities, of the input's shape.

    Raises:
        TypeError: for integers and booleans.
        ValueError: if `dim` is not given.
        IndexError: if there is no such dimension.

    Example:
        >>> log_softmax(tensor([0.0, 1000.0]), dim=0)
        tensor([-1000.,     0.])
    """
    input = _floating("log_softmax", input, dtype)
    return log_softmax_over(input, dim=_dims("log_softmax", input, dim))


def _below_the_largest(input: Any, dim: tuple[int, ...]) -> Any:
    """How far each score lies below the largest; of float16 in float32, to be rounded once."""
    wide = np.asarray(input, working_type(input.dtype))
    return np.asarray(wide - largest(wide, dim))


def _floating(name: str, input: Any, dtype: DTypeLike | None) -> Any:
    if dtype is not None:
        input = cast(input, dtype=as_dtype(dtype))
    require_floating(name, input)
    return input


def _dims(name: str, input: Any, dim: int | None) -> tuple[int, ...]:
    """The dimension in a tuple, which for a number without dimensions is empty."""
    if dim is None:
        raise ValueError(
            f"{name}: dim is None, expected the dimension along which probabilities add up to 1; "
            "the last is dim=-1"
        )
    found = one_dim(name, dim, input.ndim)
    return (found,) if input.ndim else ()
