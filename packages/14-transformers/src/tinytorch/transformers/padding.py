"""Token ids in batches, and texts of different lengths in one of them."""

from __future__ import annotations

from typing import Any

from tinytorch.tensor import Tensor, clamp, cumsum


def check_ids(name: str, input: Any, context: int) -> None:
    """Raise unless they are (B, T), and no more than the model looks at.

    Raises:
        TypeError: if they are no tensor.
        ValueError: for another shape.
        IndexError: for more tokens.
    """
    if not isinstance(input, Tensor):
        raise TypeError(
            f"{name}: input is of type {type(input).__name__}, expected a Tensor of token ids"
        )
    if input.ndim != 2:
        raise ValueError(f"{name}: input has shape {input.shape}, expected (B, T)")
    if input.shape[1] > context:
        raise IndexError(
            f"{name}: input has {input.shape[1]} tokens, expected at most the context, which is "
            f"{context}"
        )


def positions_and_mask(
    name: str, input: Tensor, attention_mask: Tensor | None
) -> tuple[Tensor | None, Tensor | None]:
    """Where each token stands in its own text, (B, T), and what all may look at, (B, 1, 1, T).

    Raises:
        TypeError: if the mask is no tensor of bool or integers.
        ValueError: if it has another shape than the ids.
    """
    if attention_mask is None:
        return None, None
    if not isinstance(attention_mask, Tensor) or attention_mask.dtype.kind not in "biu":
        kind = getattr(attention_mask, "dtype", type(attention_mask).__name__)
        raise TypeError(
            f"{name}: attention_mask is of type {kind}, expected a Tensor of bool or integers"
        )
    if attention_mask.shape != input.shape:
        raise ValueError(
            f"{name}: attention_mask has shape {attention_mask.shape}, expected that of input, "
            f"{input.shape}"
        )
    there = attention_mask != 0
    positions = clamp(cumsum(there.long(), 1) - 1, 0)
    return positions, there.unsqueeze(1).unsqueeze(1)
