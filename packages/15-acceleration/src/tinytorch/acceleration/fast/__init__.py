"""The fast tier: blocks that stay in the cache, several threads, and memory that is used again."""

from tinytorch.acceleration.fast import (
    attention,
    averaging,
    convolution,
    elementwise,
    gates,
    normalization,
    pooling,
    products,
    row_norms,
    scores,
    updates,
)

__all__ = [
    "attention",
    "averaging",
    "convolution",
    "elementwise",
    "gates",
    "normalization",
    "pooling",
    "products",
    "row_norms",
    "scores",
    "updates",
]
