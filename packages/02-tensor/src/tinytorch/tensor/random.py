"""Make tensors of random numbers.

All draw from `tinytorch.setup.generator()`, so one `manual_seed` repeats them, or from the NumPy
generator passed as `generator`. float32 numbers are drawn as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch import setup
from tinytorch.tensor import dtypes
from tinytorch.tensor.creation import Size, array_like, made, size_of
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device
from tinytorch.tensor.tensor import Tensor

if TYPE_CHECKING:
    from numpy.random import Generator


def rand(
    *size: Size,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn evenly from $[0, 1)$.

    Args:
        size: the length of each dimension.
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
    return made(uniform("rand", size_of("rand", size), dtype, generator), requires_grad)


def randn(
    *size: Size,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers drawn from the normal distribution of mean 0 and variance 1.

    Args:
        size: the length of each dimension.
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
    return made(gaussian("randn", size_of("randn", size), dtype, generator), requires_grad)


def randint(
    low: int,
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
        ValueError: if there is no integer between the two.

    Example:
        >>> randint(10, (2, 3)).shape
        (2, 3)
    """
    check_device("randint", device)
    if isinstance(high, Sequence):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint: size is missing, expected randint(low, high, size)")
    drawn = _integers("randint", low, high, size_of("randint", (size,)), generator)
    return made(drawn.astype(dtypes.as_dtype(dtype or int)), requires_grad)


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
        ValueError: if `n` is negative.

    Example:
        >>> sorted(randperm(4).tolist())
        [0, 1, 2, 3]
    """
    check_device("randperm", device)
    (n,) = size_of("randperm", (n,))
    order = _source(generator).permutation(n)
    return made(order.astype(dtypes.as_dtype(dtype or int)), requires_grad)


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
    arrays = [x.data if isinstance(x, Tensor) else x for x in (mean, std)]
    given = [a for a in arrays if isinstance(a, np.ndarray)]
    if bool(given) is (size is not None):
        raise TypeError("normal: expected size where mean and std are both numbers, and only there")
    if np.any(np.less(arrays[1], 0)):
        raise ValueError(f"normal: std is {np.min(arrays[1])}, expected 0 or more")
    shape = (
        size_of("normal", (size,))
        if size is not None
        else np.broadcast_shapes(*map(np.shape, arrays))
    )
    kind = dtypes.promote(arrays, dtypes.float32) if dtype is None else dtype
    drawn = gaussian("normal", shape, kind, generator)
    drawn *= arrays[1]
    drawn += arrays[0]
    return made(drawn, requires_grad)


def bernoulli(input: Tensor, *, generator: Generator | None = None) -> Tensor:
    """Ones and zeros: each element is 1 with the probability that stands in its place.

    Args:
        input: the probabilities, of any shape.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.

    Returns:
        a tensor of the input's shape and type.

    Raises:
        ValueError: if a probability is not in $[0, 1]$.
        TypeError: if the input is not floating point.

    Example:
        >>> bernoulli(tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    chances = _probabilities("bernoulli", input)
    if not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError("bernoulli: input holds numbers outside [0, 1], expected probabilities")
    drawn = _source(generator).random(chances.shape) < chances
    return Tensor.from_array(np.asarray(drawn).astype(chances.dtype))


def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw places of a row, each as often as its weight says.

    Args:
        input: weights, of shape (places) or (rows, places); they need not sum to 1.
        num_samples: how many to draw from each row.
        replacement: whether a place may be drawn again.
        generator: where they are drawn from, if not from `tinytorch.setup.generator()`.

    Returns:
        the places, int64, of shape (num_samples) or (rows, num_samples); without replacement, in
        the order in which they were drawn.

    Raises:
        ValueError: if weights are negative, not finite or all zero, or if there are fewer places
            than are to be drawn without replacement.
        TypeError: if the input is not floating point.

    Example:
        >>> multinomial(tensor([0.0, 3.0, 0.0]), 2, replacement=True)
        tensor([1, 1])
    """
    weights = _probabilities("multinomial", input)
    if weights.ndim not in (1, 2):
        raise ValueError(f"multinomial: input has {weights.ndim} dimensions, expected 1 or 2")
    if num_samples < 1:
        raise ValueError(f"multinomial: num_samples is {num_samples}, expected at least 1")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError("multinomial: input holds weights that are negative, infinite or NaN")
    choices = np.count_nonzero(weights, axis=-1)
    if choices.size and np.min(choices) < (1 if replacement else num_samples):
        raise ValueError(
            f"multinomial: a row has {np.min(choices)} places with a weight above 0, expected "
            + ("at least 1" if replacement else f"{num_samples} to draw without replacement")
        )
    source = _source(generator)
    rows = weights.reshape(-1, weights.shape[-1]).astype(np.float64)
    draw = _with_replacement if replacement else _without_replacement
    return Tensor.from_array(
        draw(rows, num_samples, source).reshape(*weights.shape[:-1], num_samples)
    )


def _with_replacement(rows: np.ndarray, count: int, source: Generator) -> np.ndarray:
    """Where a number drawn from [0, total) falls among the weights' running sums, for each row."""
    sums = rows.cumsum(axis=1)
    drawn = source.random((len(rows), count)) * sums[:, -1:]
    found = np.empty(drawn.shape, np.int64)
    for row, numbers, places in zip(sums, drawn, found):
        places[:] = row.searchsorted(numbers, side="right")
    return found


def _without_replacement(rows: np.ndarray, count: int, source: Generator) -> np.ndarray:
    """The places that come first when each waits for an exponential time divided by its weight.

    Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    """
    with np.errstate(divide="ignore"):
        times = source.standard_exponential(rows.shape) / rows
    return np.asarray(times.argsort(axis=1)[:, :count])


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
    low, high = (0, low) if high is None else (low, high)
    drawn = _integers("randint_like", low, high, like.shape, generator)
    return made(drawn.astype(dtypes.as_dtype(dtype or like.dtype)), requires_grad)


# --- arrays of random numbers


def uniform(
    function: str, shape: tuple[int, ...], dtype: DTypeLike | None, generator: Generator | None
) -> np.ndarray:
    """An array of numbers from [0, 1); errors name `function`."""
    kind, drawn = _floating(function, dtype)
    return np.asarray(_source(generator).random(shape, drawn)).astype(kind, copy=False)


def gaussian(
    function: str, shape: tuple[int, ...], dtype: DTypeLike | None, generator: Generator | None
) -> np.ndarray:
    """An array of normal numbers of mean 0 and variance 1; errors name `function`."""
    kind, drawn = _floating(function, dtype)
    return np.asarray(_source(generator).standard_normal(shape, drawn)).astype(kind, copy=False)


def _integers(
    function: str, low: Any, high: Any, shape: tuple[int, ...], generator: Generator | None
) -> np.ndarray:
    if not low < high:
        raise ValueError(f"{function}: low is {low}, high is {high}, expected low below high")
    return np.asarray(_source(generator).integers(low, high, shape))


def _source(generator: Generator | None) -> Generator:
    return setup.generator() if generator is None else generator


def _floating(function: str, dtype: DTypeLike | None) -> tuple[np.dtype[Any], Any]:
    """The wanted floating-point type, and the one that NumPy draws for it."""
    kind = dtypes.float32 if dtype is None else dtypes.as_dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"{function}: dtype is {kind}, expected a floating-point type")
    return kind, np.float64 if kind is dtypes.float64 else np.float32


def _probabilities(function: str, input: Any) -> np.ndarray:
    array = array_like(function, input)
    if array.dtype.kind != "f":
        raise TypeError(f"{function}: input has type {array.dtype}, expected floating point")
    return array
