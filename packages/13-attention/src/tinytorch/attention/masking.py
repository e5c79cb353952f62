"""The masks of `MultiheadAttention`, in which True hides a key, as one of the function's."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from tinytorch.attention.attention import check_mask
from tinytorch.attention.inputs import NAME
from tinytorch.tensor import Tensor, add, logical_not, logical_or, reshape, where


def mask_of(
    attn_mask: Tensor | None,
    key_padding_mask: Tensor | None,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> Tensor | None:
    """What both masks together say, as `attend` reads it: True where a key is seen, or numbers.

    Args:
        attn_mask: bool, True where a key is hidden, or numbers that are added to scores; (L, S), or
            one for each head of each sample, (N·H, L, S); or None.
        key_padding_mask: likewise for the keys of each sample, (N, S), or (S,) without a batch.
        shape: of the scores, (N, H, L, S), or (H, L, S) without a batch.
        dtype: of the scores.

    Returns:
        a mask whose shape broadcasts to that of the scores, or None.
    """
    *batch, heads, queries, keys = shape
    masks = []
    if attn_mask is not None:
        check_mask(NAME, "attn_mask", attn_mask, dtype)
        whole = (math.prod(batch) * heads, queries, keys)
        if attn_mask.shape not in (whole, whole[1:]):
            raise ValueError(
                f"{NAME}: attn_mask has shape {attn_mask.shape}, expected (L, S) or (N·H, L, S), "
                f"{whole[1:]} or {whole}"
            )
        masks.append(attn_mask if attn_mask.ndim == 2 else reshape(attn_mask, shape))
    if key_padding_mask is not None:
        check_mask(NAME, "key_padding_mask", key_padding_mask, dtype)
        if key_padding_mask.shape != (*batch, keys):
            raise ValueError(
                f"{NAME}: key_padding_mask has shape {key_padding_mask.shape}, expected "
                f"{'(N, S)' if batch else '(S,)'}, {(*batch, keys)}"
            )
        masks.append(reshape(key_padding_mask, (*batch, 1, 1, keys)))
    if all(mask.dtype == np.bool_ for mask in masks):
        return logical_not(reduce(logical_or, masks)) if masks else None
    hidden = Tensor(-np.inf, dtype)
    return reduce(add, (where(m, hidden, 0.0) if m.dtype == np.bool_ else m for m in masks))
