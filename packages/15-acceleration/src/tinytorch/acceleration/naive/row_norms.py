r"""Layer norm, a row at a time: $z = w \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + b$."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.acceleration.tiers import implementation
from tinytorch.tensor.summation import working_type
from tinytorch.transformers.normalizing import standardize


@implementation("naive", standardize)
def naive_standardize(input: Any, weight: Any = None, bias: Any = None, *, eps: float) -> Any:
    """See `standardize`; it saves the same."""
    rows = input.reshape(-1 if input.size else 0, input.shape[-1])
    out = np.empty_like(rows)
    centre = np.zeros((len(rows), 1), working_type(input.dtype))
    inverse = np.zeros_like(centre)
    with np.errstate(all="ignore"):
        for n, row in enumerate(rows.astype(object)):
            mean = sum(row) / max(1, len(row))
            square = sum((x - mean) * (x - mean) for x in row) / max(1, len(row))
            centre[n], inverse[n] = mean, 1 / np.sqrt(square + eps)
            for d, x in enumerate(row):
                z = (x - mean) / np.sqrt(square + eps)
                if weight is not None:
                    z *= weight[d]
                if bias is not None:
                    z += bias[d]
                out[n, d] = z
    return out.reshape(input.shape), (centre, inverse)


naive_standardize.rule = standardize.default.rule  # it keeps the same
