"""The fast tier: blocks that stay in the cache, several threads, and memory that is used again."""

from tinytorch.acceleration.fast import (
    convolution,
    elementwise,
    normalization,
    pooling,
    products,
    updates,
)

__all__ = ["convolution", "elementwise", "normalization", "pooling", "products", "updates"]
