"""The fast tier: blocks that stay in the cache, several threads, and memory that is used again."""

from tinytorch.acceleration.fast import (
    averaging,
    convolution,
    elementwise,
    normalization,
    pooling,
    products,
    updates,
)

__all__ = [
    "averaging",
    "convolution",
    "elementwise",
    "normalization",
    "pooling",
    "products",
    "updates",
]
