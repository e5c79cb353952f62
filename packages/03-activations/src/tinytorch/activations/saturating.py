"""Functions that level off on both sides; the other one, `tanh`, is `tinytorch.tensor`'s."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.tensor import primitive


@primitive(promotion="float")
def sigmoid(input: Any) -> Any:
    r"""The logistic function $\sigma(x) = 1 / (1 + e^{-x})$: any number becomes one from 0 to 1.

    Args:
        input: a tensor of any shape; integers become float32.

    Example:
        >>> sigmoid(tensor([-1000.0, 0.0, 2.0]))
        tensor([0.0000, 0.5000, 0.8808])
    """
    out = np.asarray(np.negative(input))
    with np.errstate(over="ignore"):  # 1 / inf is the 0 that is wanted
        np.exp(out, out=out)
    out += 1.0
    return np.divide(1.0, out, out=out)
