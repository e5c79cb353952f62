"""The naive tier: loops over single numbers, as one would first write a formula down.

It is here to be read, to measure against, and to hold the other tiers to it. `astype(object)` makes
an array of Python's own numbers, with which a loop computes in double precision; the results are
rounded to their type where they are put away, and an integer that its type cannot hold is an error.
What a kernel refuses, it leaves to the usual one, which says why.
"""

from tinytorch.acceleration.naive import (
    attention,
    convolution,
    normalization,
    pooling,
    products,
    rectifier,
    row_norms,
    scores,
)

__all__ = [
    "attention",
    "convolution",
    "normalization",
    "pooling",
    "products",
    "rectifier",
    "row_norms",
    "scores",
]
