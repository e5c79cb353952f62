"""Padding with pixels of the image itself, instead of zeros."""

# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinytorch.tensor import Tensor, index_select

MODES = {
    "reflect": "reflect",
    "replicate": "edge",
    "circular": "wrap",
}  # PyTorch's name: NumPy's


def pad_image(name: str, input: Any, widths: Sequence[tuple[int, int]], mode: str) -> Any:
    """An image with some of its own rows and columns around it.

    Args:
        name: of the operation, for errors.
        input: (…, H, W), or (…, L).
        widths: how many to add before and after each of the last dimensions.
        mode: `reflect`, mirrored about the first and last; `replicate`, these again and again;
            `circular`, those of the other side.

    Returns:
        the larger image, contiguous, as a convolution reads it quickest.

    Raises:
        ValueError: if the image has too few to take them from.
    """
    for dim, (before, after) in zip(range(input.ndim - len(widths), input.ndim), widths):
        size = input.shape[dim]
        most = size - 1 if mode == "reflect" else size if mode == "circular" else None
        if most is not None and max(before, after) > most:
            raise ValueError(
                f"{name}: padding {(before, after)} with padding_mode {mode!r}, expected at most "
                f"{most} for {size} places"
            )
        if before or after:
            order = np.pad(np.arange(size), (before, after), mode=MODES[mode])  # type: ignore[call-overload]
            # What is picked along a later dimension lies in memory as if that came first.
            input = index_select(input, dim, Tensor.from_array(order)).contiguous()
    return input
