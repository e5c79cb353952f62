r"""Normalisation, one mean at a time: $z = w \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + b$."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.spatial.normalizing import affine_map, normalize


@implementation("naive", normalize)
def naive_normalize(
    input: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    groups: int | None,
    eps: float,
) -> Any:
    """See `normalize`."""
    n, c = input.shape[:2]
    x = input.reshape(n, c, math.prod(input.shape[2:])).astype(object)
    out = np.empty(x.shape, input.dtype)
    # What is normalised together: a channel of all images, or some channels of one.
    width = c // groups if groups else 1
    images: Any = range(n) if groups else [slice(None)]
    parts = [(i, slice(k, k + width)) for i in images for k in range(0, c, width)]
    # A row for each image, or one for all of them; a column for each channel.
    centre = np.zeros((n if groups else 1, c))
    variance, inverse = np.zeros_like(centre), np.zeros_like(centre)
    with np.errstate(all="ignore"):
        for part in parts:
            numbers = x[part].reshape(-1)
            count = max(1, len(numbers))
            mean = sum(numbers) / count
            square = sum((number - mean) * (number - mean) for number in numbers) / count
            centre[part], variance[part], inverse[part] = mean, square, 1 / np.sqrt(square + eps)
        for i, k, j in np.ndindex(x.shape):
            row = i if groups else 0
            z = (x[i, k, j] - centre[row, k]) * inverse[row, k]
            if weight is not None:
                z *= weight[k]
            if bias is not None:
                z += bias[k]
            out[i, k, j] = z
    statistics = [
        (table[:, ::width] if groups else table[0]).astype(input.dtype)
        for table in (centre, variance)
    ]
    return (out.reshape(input.shape), *statistics), (centre, inverse)


naive_normalize.rule = normalize.default.rule  # it keeps the same


@implementation("naive", affine_map)
def naive_affine_map(input: Any, scale: Any, shift: Any) -> np.ndarray:
    """See `affine_map`."""
    x, a = np.broadcast_arrays(input, scale)
    b = np.broadcast_to(shift, x.shape)
    out = np.empty(x.shape, np.result_type(input, scale))
    for place in np.ndindex(x.shape):
        out[place] = x[place] * a[place] + b[place]
    return out
