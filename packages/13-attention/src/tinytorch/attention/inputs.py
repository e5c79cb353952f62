"""Do the inputs of `MultiheadAttention` fit it, and one another?"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import Tensor

NAME = "MultiheadAttention"


def check_inputs(
    query: Any,
    key: Any,
    value: Any,
    features: tuple[int, int, int],
    dtype: np.dtype[Any],
    batch_first: bool,
) -> None:
    """Raise TypeError for another kind of tensor, ValueError where shapes do not fit.

    Args:
        query: (L, N, E), or (N, L, E), or (L, E).
        key: likewise with S for L.
        value: likewise.
        features: how many each of them must have.
        dtype: of the parameters.
        batch_first: where N is.
    """
    order = "(N, {0}, {1})" if batch_first else "({0}, N, {1})"
    for name, tensor, length, count in zip(
        ("query", "key", "value"), (query, key, value), "LSS", features
    ):
        if not isinstance(tensor, Tensor) or tensor.dtype != dtype:
            kind = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
            raise TypeError(
                f"{NAME}: {name} is of type {kind}, expected a Tensor of {dtype}, as the "
                "parameters are"
            )
        if tensor.ndim not in (2, 3) or tensor.shape[-1] != count:
            raise ValueError(
                f"{NAME}: {name} has shape {tensor.shape}, expected "
                f"{order.format(length, count)} or ({length}, {count})"
            )
        if tensor.ndim != query.ndim:
            raise ValueError(
                f"{NAME}: {name} has {tensor.ndim} dimensions, expected those of query, "
                f"{query.ndim}"
            )
    if value.shape[:-1] != key.shape[:-1]:
        raise ValueError(
            f"{NAME}: key and value have shapes {key.shape} and {value.shape}, expected a value "
            "for each key"
        )
    batch = 0 if batch_first else 1
    if query.ndim == 3 and key.shape[batch] != query.shape[batch]:
        raise ValueError(
            f"{NAME}: key has {key.shape[batch]} samples, expected those of query, "
            f"{query.shape[batch]}; batch_first is {batch_first}"
        )
