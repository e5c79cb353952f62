"""Scaled dot-product attention, as a function of queries, keys and values."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinytorch.attention.attend import attend
from tinytorch.setup import generator
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer, setting

NAME = "scaled_dot_product_attention"


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    offset: int = 0,
    window: int | None = None,
) -> Tensor:
    r"""Each query's mean of the values, weighted by how well their keys fit it.

    $$O = \operatorname{softmax}\!\left(\alpha \, Q K^\top + M\right) V$$

    (Vaswani et al., https://arxiv.org/abs/1706.03762.) A query that may look at no key gets zeros.

    Args:
        query: $Q$, (…, H, L, E): for each of H heads, L queries.
        key: $K$, (…, H, S, E); with `enable_gqa` it may have fewer heads.
        value: $V$, (…, H, S, V); as many heads as the keys.
        attn_mask: $M$, of a shape that broadcasts to (…, H, L, S): numbers that are added to the
            scores, or bool, True where a query looks at a key.
        dropout_p: the probability that a weight is dropped; the others are divided by what is left.
        is_causal: whether a query sees no key ahead of it. No mask is built; one that is given
            hides keys too (PyTorch says that it takes one of them).
        scale: $\alpha$; by default $1/\sqrt{E}$.
        enable_gqa: whether several neighbouring query heads may share a key head.
        offset: where the first query stands among the keys, for `is_causal` and `window`, without
            which it changes nothing. With keys kept from before it is S − L.
        window: how many places a query sees in each direction, its own among them; by default all.
            With `is_causal` it looks back only.

    Returns:
        (…, H, L, V).

    Raises:
        TypeError: for another kind of tensor or number.
        ValueError: if shapes or heads do not fit.

    Example:
        >>> from tinytorch.tensor import eye, ones, tensor
        >>> values = tensor([[1.0], [3.0], [8.0]])
        >>> scaled_dot_product_attention(ones(3, 2), ones(3, 2), values, is_causal=True)
        tensor([[1.],
                [2.],
                [4.]])
    """
    _check_tensors(query, key, value)
    _check_shapes(query, key, value, truth(NAME, "enable_gqa", enable_gqa))
    shape = (*query.shape[:-1], key.shape[-2])  # of the scores
    if attn_mask is not None:
        check_mask(NAME, "attn_mask", attn_mask, query.dtype)
        _check_broadcasts(attn_mask, shape)
    if scale is None:
        scale = default_scale(query.shape[-1])
    settings = {
        "scale": float(setting(NAME, "scale", scale)),
        "is_causal": truth(NAME, "is_causal", is_causal),
        "offset": integer(NAME, "offset", offset),
        "window": None if window is None else integer(NAME, "window", window, 1),
    }
    keep = dropped(probability(NAME, "dropout_p", dropout_p), shape, query.dtype)
    if query.ndim == 2:  # no heads: one
        one = (x.unsqueeze(0) for x in (query, key, value))
        return attend(*one, attn_mask, keep, **settings).squeeze(0)
    return attend(query, key, value, attn_mask, keep, **settings)


def _check_tensors(query: Any, key: Any, value: Any) -> None:
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{NAME}: {name} is of type {type(tensor).__name__}, expected a Tensor")
        if tensor.dtype.kind != "f" or tensor.dtype != query.dtype:
            raise TypeError(
                f"{NAME}: {name} has type {tensor.dtype}, expected "
                + ("floating point" if name == "query" else f"that of query, {query.dtype}")
            )
        if tensor.ndim < 2 or tensor.ndim != query.ndim:
            raise ValueError(
                f"{NAME}: {name} has shape {tensor.shape}, expected "
                + ("(…, L, E)" if name == "query" else f"as many dimensions as query, {query.ndim}")
            )


def _check_shapes(query: Tensor, key: Tensor, value: Tensor, enable_gqa: bool) -> None:
    if key.shape[-1] != query.shape[-1]:
        raise ValueError(
            f"{NAME}: key has {key.shape[-1]} features, expected those of query, {query.shape[-1]}"
        )
    if value.shape[:-1] != key.shape[:-1]:
        expected = ", ".join(map(str, key.shape[:-1]))
        raise ValueError(
            f"{NAME}: value has shape {value.shape}, expected ({expected}, V), as key has"
        )
    if query.shape[:-3] != key.shape[:-3]:
        raise ValueError(
            f"{NAME}: query and key have shapes {query.shape} and {key.shape}, expected the same "
            "dimensions before the heads"
        )
    if query.ndim > 2 and query.shape[-3] != key.shape[-3]:
        heads, shared = query.shape[-3], key.shape[-3]
        if not enable_gqa or not shared or heads % shared:
            raise ValueError(
                f"{NAME}: query has {heads} heads and key {shared}, expected "
                + ("a divisor of that" if enable_gqa else "as many, or enable_gqa=True")
            )


def check_mask(function: str, name: str, mask: Any, dtype: np.dtype[Any]) -> None:
    """Raise TypeError unless it is a tensor of bool, or of the queries' type."""
    if not isinstance(mask, Tensor) or mask.dtype not in (np.bool_, dtype):
        kind = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise TypeError(
            f"{function}: {name} is of type {kind}, expected a Tensor of bool or, as query, {dtype}"
        )


def _check_broadcasts(mask: Tensor, shape: tuple[int, ...]) -> None:
    if mask.ndim > len(shape) or any(
        mine not in (1, whole) for mine, whole in zip(mask.shape[::-1], shape[::-1])
    ):
        raise ValueError(
            f"{NAME}: attn_mask has shape {mask.shape}, expected one that broadcasts to {shape}"
        )


def default_scale(features: int) -> float:
    r"""$1/\sqrt{E}$: it keeps the scores of random vectors at a variance of 1."""
    return 1 / math.sqrt(features) if features else 1.0


def probability(function: str, name: str, p: Any) -> float:
    """`p` as a number from 0 to 1; TypeError or ValueError where it is none."""
    p = setting(function, name, p)
    if not 0 <= p <= 1:
        raise ValueError(f"{function}: {name} is {p}, expected from 0 to 1")
    return p


def truth(function: str, name: str, value: Any) -> bool:
    """`value` as True or False; TypeError where it is neither: any text would count as True."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{function}: {name} is {value!r:.60}, expected True or False")
    return bool(value)


def dropped(p: float, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tensor | None:
    """What weights are multiplied by: 0 for those that are dropped, 1 / (1 - p) for the others."""
    if p == 0:
        return None
    keep = generator().random(shape, dtype=np.float32) >= p
    return Tensor.from_array(keep.astype(dtype) / dtype.type(1 - p if p < 1 else 1))
