"""Make tensors of random numbers; `sampling.py` draws by given probabilities.

All draw from `tinytorch.setup.generator()`, so one `manual_seed` repeats them, or from the NumPy
generator passed as `generator`. float32 numbers are drawn as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch import setup
from tinytorch.tensor import dtypes
from tinytorch.tensor.creation import Size, made, size_of
from tinytorch.tensor.dims import integer, real
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device
from tinytorch.tensor.tensor import Tensor

if TYPE_CHECKING:
    from numpy.random import Generator


def rand(
    *lengths: Size,
    size: Size | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn evenly from $[0, 1)$.

    Args:
        lengths: the length of each dimension.
        size: the same as one sequence.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.
        dtype: a floating-point type, float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative.
        TypeError: if the type is not floating point.

    Example:
        >>> rand(2, 3).shape
        (2, 3)
    """
    check_device("rand", device)
    shape = size_of("rand", lengths, size)
    return made(uniform("rand", shape, dtype, generator), requires_grad)


def randn(
    *lengths: Size,
    size: Size | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn from the normal distribution of mean 0 and variance 1.

    Args:
        lengths: the length of each dimension.
        size: the same as one sequence.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.
        dtype: a floating-point type, float32 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a length is negative.
        TypeError: if the type is not floating point.

    Example:
        >>> randn(2, 3).shape
        (2, 3)
    """
    check_device("randn", device)
    shape = size_of("randn", lengths, size)
    return made(gaussian("randn", shape, dtype, generator), requires_grad)


def randint(
    low: int | None = None,
    high: int | Size | None = None,
    size: Size | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers drawn evenly from `low` up to `high`, which is left out.

    Args:
        low: the lowest integer; in `randint(high, size)` it is the end, and the lowest is 0.
        high: the end.
        size: the length of each dimension.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.
        dtype: int64 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded, for a floating-point type.

    Raises:
        ValueError: if there is no integer between the two, or one does not fit the type.

    Example:
        >>> randint(10, (2, 3)).shape
        (2, 3)
    """
    check_device("randint", device)
    if isinstance(high, Sequence):
        high, size = None, high
    if size is None:
        raise TypeError("randint: size is missing, expected randint(low, high, size)")
    shape = size_of("randint", (), size)
    kind = dtypes.as_dtype(dtype or dtypes.int64)
    return made(integers("randint", low, high, shape, kind, generator), requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The integers from 0 to $n - 1$ in random order.

    Args:
        n: how many.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.
        dtype: int64 if left out.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded, for a floating-point type.

    Raises:
        ValueError: if `n` is negative, or the type does not hold so many.

    Example:
        >>> sorted(randperm(4).tolist())
        [0, 1, 2, 3]
    """
    check_device("randperm", device)
    (n,) = size_of("randperm", (n,))
    kind = dtypes.as_dtype(dtype or dtypes.int64)
    if not dtypes.holds(kind, n - 1):
        raise ValueError(f"randperm: n is {n}, but {kind} does not hold {n - 1}")
    return made(source_of("randperm", generator).permutation(n).astype(kind), requires_grad)


def normal(
    mean: Tensor | float,
    std: Tensor | float = 1.0,
    size: Size | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn from normal distributions.

    Args:
        mean: of each number, or of all.
        std: the standard deviation of each number, or of all.
        size: the length of each dimension, where both are numbers; else that of `mean` and `std`.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.
        dtype: a floating-point type, float32 if left out; that of a tensor `mean` or `std`.
        device: `cpu`, or left out.
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if a standard deviation is negative, or the shapes don't go together.

    Example:
        >>> normal(0.0, tensor([0.0, 0.0]))
        tensor([0., 0.])
    """
    check_device("normal", device)
    arrays = [
        x.data if isinstance(x, Tensor) else real("normal", name, x)
        for name, x in (("mean", mean), ("std", std))
    ]
    given = [a for a in arrays if isinstance(a, np.ndarray)]
    if bool(given) is (size is not None):
        raise TypeError("normal: expected size where mean and std are both numbers, and only there")
    if np.any(np.less(arrays[1], 0)):
        raise ValueError(f"normal: std is {np.min(arrays[1])}, expected 0 or more")
    try:
        shape = np.broadcast_shapes(*map(np.shape, arrays))
    except ValueError:
        raise ValueError(
            f"normal: mean has shape {np.shape(arrays[0])}, std {np.shape(arrays[1])}, "
            "which don't broadcast together"
        ) from None
    if size is not None:
        shape = size_of("normal", (), size)
    kind = dtypes.promote(arrays, dtypes.float32) if dtype is None else dtype
    drawn = gaussian("normal", shape, kind, generator)
    drawn *= arrays[1]
    drawn += arrays[0]
    return made(drawn, requires_grad)


# --- arrays of random numbers


def uniform(
    function: str, shape: tuple[int, ...], dtype: DTypeLike | None, generator: Generator | None
) -> np.ndarray:
    """An array of numbers from [0, 1); errors name `function`."""
    kind, drawn = _floating(function, dtype)
    numbers = source_of(function, generator).random(shape, drawn)
    return np.asarray(numbers).astype(kind, copy=False)


def gaussian(
    function: str, shape: tuple[int, ...], dtype: DTypeLike | None, generator: Generator | None
) -> np.ndarray:
    """An array of normal numbers of mean 0 and variance 1; errors name `function`."""
    kind, drawn = _floating(function, dtype)
    return np.asarray(source_of(function, generator).standard_normal(shape, drawn)).astype(
        kind, copy=False
    )


def integers(
    function: str,
    low: Any,
    high: Any,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    generator: Generator | None,
) -> np.ndarray:
    """An array of integers from `low` up to `high`, or from 0 up to `low` if it stands alone."""
    if high is None:
        low, high = None, low
    low = 0 if low is None else integer(function, "low", low)
    high = integer(function, "high", high)
    if not low < high:
        raise ValueError(f"{function}: low is {low}, high is {high}, expected low below high")
    kind = dtype if dtype.kind in "iu" else dtypes.int64  # in which they are drawn
    if not (dtypes.holds(kind, low) and dtypes.holds(kind, high - 1)):
        raise ValueError(f"{function}: low is {low}, high is {high}, beyond what {kind} holds")
    return np.asarray(source_of(function, generator).integers(low, high, shape)).astype(dtype)


def source_of(function: str, generator: Generator | None) -> Generator:
    """The NumPy generator to draw from."""
    if generator is None:
        return setup.generator()
    if isinstance(generator, np.random.Generator):
        return generator
    raise TypeError(
        f"{function}: generator is of type {type(generator).__name__}, "
        "expected a numpy.random.Generator"
    )


def _floating(function: str, dtype: DTypeLike | None) -> tuple[np.dtype[Any], Any]:
    """The wanted floating-point type, and the one that NumPy draws for it."""
    kind = dtypes.float32 if dtype is None else dtypes.as_dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"{function}: dtype is {kind}, expected a floating-point type")
    return kind, np.float64 if kind is dtypes.float64 else np.float32
