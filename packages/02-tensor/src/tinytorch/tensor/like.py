"""Make tensors in the shape and type of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.creation import Number, array_like, full, made
from tinytorch.tensor.dims import no_gradient
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device
from tinytorch.tensor.random import gaussian, integers, uniform
from tinytorch.tensor.tensor import Tensor

if TYPE_CHECKING:
    from numpy.random import Generator


def zeros_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros, in the shape and type of another tensor.

    Example:
        >>> zeros_like(tensor([1, 2]))
        tensor([0, 0])
    """
    check_device("zeros_like", device)
    like = array_like("zeros_like", input)
    return made(np.zeros(like.shape, dtypes.as_dtype(dtype or like.dtype)), requires_grad)


def ones_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones, in the shape and type of another tensor.

    Example:
        >>> ones_like(tensor([0.5, 2.0]))
        tensor([1., 1.])
    """
    check_device("ones_like", device)
    like = array_like("ones_like", input)
    return made(np.ones(like.shape, dtypes.as_dtype(dtype or like.dtype)), requires_grad)


def empty_like(
    input: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whatever was in memory, in the shape and type of another tensor.

    Example:
        >>> empty_like(zeros(2, 3)).shape
        (2, 3)
    """
    check_device("empty_like", device)
    like = array_like("empty_like", input)
    return made(np.empty(like.shape, dtypes.as_dtype(dtype or like.dtype)), requires_grad)


def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number, repeated, in the shape and type of another tensor.

    Example:
        >>> full_like(zeros(3), 2)
        tensor([2., 2., 2.])
    """
    like = array_like("full_like", input)
    no_gradient("full_like", "fill_value", fill_value)
    return full(
        like.shape,
        fill_value,
        dtype=dtype or like.dtype,
        device=device,
        requires_grad=requires_grad,
    )


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn evenly from $[0, 1)$, in the shape and type of another tensor; see `rand`.

    Example:
        >>> rand_like(tensor([1.0, 2.0])).shape
        (2,)
    """
    check_device("rand_like", device)
    like = array_like("rand_like", input)
    return made(uniform("rand_like", like.shape, dtype or like.dtype, generator), requires_grad)


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers, in the shape and type of another tensor; see `randn`.

    Example:
        >>> randn_like(tensor([1.0, 2.0])).shape
        (2,)
    """
    check_device("randn_like", device)
    like = array_like("randn_like", input)
    return made(gaussian("randn_like", like.shape, dtype or like.dtype, generator), requires_grad)


def randint_like(
    input: Tensor,
    low: int,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers drawn evenly, in the shape and type of another tensor; see `randint`.

    Example:
        >>> randint_like(tensor([1.0, 2.0]), 3, 4)
        tensor([3., 3.])
    """
    check_device("randint_like", device)
    like = array_like("randint_like", input)
    kind = dtypes.as_dtype(dtype or like.dtype)
    return made(integers("randint_like", low, high, like.shape, kind, generator), requires_grad)
