"""The rectifier: $z = x$ where $x > 0$, else 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.activations import relu


@implementation("naive", relu)
def naive_relu(input: Any) -> Any:
    """See `relu`."""
    if not isinstance(input, np.ndarray) or input.dtype.kind == "b":
        return relu.default.kernel(input)
    out = np.empty_like(input)
    for place in np.ndindex(input.shape):
        x = input[place]
        out[place] = 0 if x < 0 else x  # so nan stays nan
    return out
