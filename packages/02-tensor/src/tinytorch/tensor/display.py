"""How a tensor prints: as in PyTorch, with four digits, and dots where it is long."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.tensor import dtypes
from tinytorch.tensor.recording import Leaf

if TYPE_CHECKING:
    from tinytorch.tensor.tensor import Tensor

DIGITS = 4
EDGE = 3  # how many elements stand on each side of the dots
LONG = 1000  # with more elements, a tensor is summarised
WIDTH = 80
_OPENING = "tensor("


def text_of(tensor: Tensor) -> str:
    """What `repr(tensor)` gives."""
    array = tensor.data
    parts = [_elements(array)]
    if not array.size and array.shape != (0,):
        parts.append(f"size={array.shape}")
    shown_by_default = (
        (dtypes.float32,) if not array.size else (dtypes.float32, dtypes.int64, dtypes.bool)
    )
    if array.dtype not in shown_by_default:
        parts.append(f"dtype={array.dtype}")
    if isinstance(tensor.node, Leaf):
        parts.append("requires_grad=True")
    elif tensor.node is not None:
        parts.append(f"grad_fn=<{tensor.node.name}>")
    line = f"{_OPENING}{', '.join(parts)})"
    if len(line) - line.rfind("\n") - 1 <= WIDTH:
        return line
    return (
        f"{_OPENING}{parts[0]},\n{' ' * len(_OPENING)}{', '.join(parts[1:])})"
        if parts[1:]
        else line
    )


def _elements(array: np.ndarray) -> str:
    if not array.size:
        return "[]"
    shown = _summary(array) if array.size > LONG else array
    write = _float_writer(shown) if array.dtype.kind == "f" else str
    if not array.ndim:
        return write(array.item())
    widest = max(len(write(x)) for x in shown.reshape(-1).tolist())

    def aligned(x: Any) -> str:
        return write(x).rjust(widest)

    return np.array2string(
        array,
        max_line_width=WIDTH,
        separator=", ",
        prefix=_OPENING,
        threshold=LONG,
        edgeitems=EDGE,
        formatter={"all": aligned},
    )


def _summary(array: np.ndarray) -> np.ndarray:
    """The elements that stand before and behind the dots."""
    for dim, length in enumerate(array.shape):
        if length > 2 * EDGE:
            array = array.take((*range(EDGE), *range(-EDGE, 0)), axis=dim)
    return array


def _float_writer(array: np.ndarray) -> Callable[[float], str]:
    """One format for all elements: 1., 1.5000 or 1.5000e+10, as their range asks for."""
    magnitudes = np.abs(array[np.isfinite(array) & (array != 0)]).astype(np.float64)
    if not magnitudes.size:
        return _whole
    largest, smallest = float(magnitudes.max()), float(magnitudes.min())
    whole = (magnitudes == np.ceil(magnitudes)).all()
    if largest > 1000 * smallest or largest > 1e8 or (smallest < 1e-4 and not whole):
        return f"{{:.{DIGITS}e}}".format
    return _whole if whole else f"{{:.{DIGITS}f}}".format


def _whole(x: float) -> str:
    return f"{x:.0f}." if math.isfinite(x) else str(x)
