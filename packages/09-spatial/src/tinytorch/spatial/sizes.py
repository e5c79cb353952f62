"""Sizes: what the numbers that describe windows may be, and how they fit together."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinytorch.tensor import Tensor, unsqueeze
from tinytorch.tensor.dims import integer, ndim_of

Size = int | Sequence[int]


def numbers(name: str, what: str, value: Any, ndim: int, least: int = 0) -> Any:
    """One integer for each dimension.

    Args:
        name: of the operation, for errors.
        what: of the argument.
        value: an integer, which is meant for all dimensions, or one for each.
        ndim: how many dimensions there are.
        least: what they must be at least.

    Raises:
        TypeError: if they are not integers.
        ValueError: if they are too few or many, or too small.
    """
    given = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    found = tuple([integer(name, what, each) for each in given])
    if len(found) not in (1, ndim):
        raise ValueError(f"{name}: {what} is {value}, expected one integer or {ndim}")
    if min(found) < least:
        raise ValueError(f"{name}: {what} is {value}, expected at least {least}")
    return found * ndim if len(found) == 1 else found


def check_tensor(name: str, what: str, value: Any) -> None:
    """Raise unless it is a Tensor: an array won't do."""
    if not isinstance(value, Tensor):
        raise TypeError(
            f"{name}: {what} is of type {type(value).__name__}, expected a Tensor; make it one "
            "with tensor(...)"
        )


def batched(name: str, input: Any, ndim: int) -> Any:
    """A batch (N, C, …): the input, or a batch that holds only it.

    Raises:
        ValueError: if it has neither ndim + 1 nor ndim + 2 dimensions.
    """
    shape = "(N, C, L) or (C, L)" if ndim == 1 else "(N, C, H, W) or (C, H, W)"
    dims = ndim_of(name, input)
    if dims not in (ndim + 1, ndim + 2):
        raise ValueError(f"{name}: input has shape {tuple(input.shape)}, expected {shape}")
    return input if dims == ndim + 2 else unsqueeze(input, 0)


def check_kernels(
    name: str,
    images: Any,
    weight: Any,
    bias: Any,
    groups: Any,
    transposed: bool = False,
) -> None:
    """Raise unless kernels and bias are of these images' channels.

    Args:
        name: of the operation, for errors.
        images: (N, C, …).
        weight: (O, C / groups, …); transposed (C, O / groups, …).
        bias: (O,), or None.
        groups: into how many groups channels and kernels are cut.
        transposed: which of the two it is.
    """
    count = integer(name, "groups", groups, least=1)
    if ndim_of(name, weight, "weight") != images.ndim:
        raise ValueError(
            f"{name}: weight has {weight.ndim} dimensions, expected {images.ndim}, two for the "
            "channels and the rest for the kernel"
        )
    if 0 in weight.shape:
        raise ValueError(f"{name}: weight has shape {tuple(weight.shape)}, expected no zeros")
    channels = images.shape[1]
    if channels % count:
        raise ValueError(
            f"{name}: input has {channels} channels, expected a multiple of groups {count}"
        )
    expected = weight.shape[0] if transposed else weight.shape[1] * count
    if channels != expected:
        grouped = f" in {count} groups" if count > 1 else ""
        raise ValueError(
            f"{name}: input has {channels} channels, weight expects {expected}{grouped}"
        )
    if weight.shape[0] % count:
        raise ValueError(
            f"{name}: weight has {weight.shape[0]} output channels, expected a multiple of groups "
            f"{count}"
        )
    features = weight.shape[1] * count if transposed else weight.shape[0]
    if bias is not None and (ndim_of(name, bias, "bias"), *bias.shape) != (1, features):
        raise ValueError(f"{name}: bias has shape {tuple(bias.shape)}, expected ({features},)")


def padding_widths(
    name: str, padding: Any, kernel_size: Sequence[int], stride: Any, dilation: Any
) -> Any:
    """How much is added before and after each dimension.

    Raises:
        TypeError: if the padding is no integer.
        ValueError: if it is negative or an unknown word, or "same" with a stride.
    """
    if not isinstance(padding, str):
        return tuple([(p, p) for p in numbers(name, "padding", padding, len(kernel_size))])
    if padding == "valid":
        return ((0, 0),) * len(kernel_size)
    if padding != "same":
        raise ValueError(f"{name}: padding is {padding!r}, expected numbers, 'same' or 'valid'")
    if max(stride) > 1:
        raise ValueError(f"{name}: padding is 'same' and stride {stride}, expected a stride of 1")
    around = [d * (k - 1) for k, d in zip(kernel_size, dilation)]
    return tuple([(n // 2, n - n // 2) for n in around])


def check_output_padding(name: str, more: Any, stride: Any, dilation: Any) -> None:
    """Raise unless what a transposed convolution adds is less than a step."""
    if any(extra >= max(s, d) for extra, s, d in zip(more, stride, dilation)):
        raise ValueError(
            f"{name}: output_padding is {more}, expected less than stride {stride} or dilation "
            f"{dilation}"
        )


def check_fit(
    name: str,
    size: Sequence[int],
    kernel_size: Sequence[int],
    widths: Any,
    dilation: Any,
) -> None:
    """Raise if not even one window fits into the padded input."""
    spans = [d * (k - 1) + 1 for k, d in zip(kernel_size, dilation)]
    rooms = [n + sum(around) for n, around in zip(size, widths)]
    if any(span > room for span, room in zip(spans, rooms)):
        spanned = " × ".join(map(str, spans))
        raise ValueError(
            f"{name}: the kernel spans {spanned}, the padded input has only "
            f"{' × '.join(map(str, rooms))}"
        )
