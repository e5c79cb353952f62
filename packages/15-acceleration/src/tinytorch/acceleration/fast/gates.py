"""GELU in blocks that stay in the cache, on several threads, with as few passes as will do.

Its formula has a dozen operations, and as many arrays of the input's size if each is written down
for itself. Here two blocks of scratch memory hold all that lies between.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinytorch.acceleration.fast.elementwise import flat_together
from tinytorch.acceleration.layout import flat
from tinytorch.acceleration.threads import ELEMENTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.activations.gates import gelu
from tinytorch.autograd import defvjp
from tinytorch.tensor.erf import evaluate

BLOCK = 2**17  # elements

ROOT_HALF, DENSITY = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)
LINEAR = math.sqrt(2 / math.pi)  # and CUBIC: of the polynomial in tanh
CUBIC = LINEAR * 0.044715


@implementation("fast", gelu)
def fast_gelu(input: Any, *, approximate: str) -> Any:
    """See `gelu`."""
    arrays = flat_together(input)
    if arrays is None or approximate not in _SHARES:
        return gelu.default.kernel(input, approximate=approximate)
    out, share = np.empty_like(input), _SHARES[approximate]
    (x,), z = arrays, flat(out)

    def block(at: slice) -> None:
        np.multiply(share(x[at], z[at]), x[at], out=z[at])

    with np.errstate(all="ignore"):
        workers.blocks(block, x.size, BLOCK, ELEMENTS)
    return out


def _gelu_vjp(g: Any, _z: Any, x: Any, *, approximate: str) -> Any:
    arrays = flat_together(g, x)
    if arrays is None:
        return gelu.default.rule.functions[0](g, None, x, approximate=approximate)
    out, slope = np.empty_like(x), _SLOPES[approximate]
    (arriving, x), dx = arrays, flat(out)

    def block(at: slice) -> None:
        np.multiply(slope(x[at], dx[at]), arriving[at], out=dx[at])

    with np.errstate(all="ignore"):
        workers.blocks(block, x.size, BLOCK, ELEMENTS)
    return out


defvjp(fast_gelu, _gelu_vjp)


def _share(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    r"""The part of x that gets through, $\Phi = \frac12 (1 + \text{erf}(x / \sqrt 2))$."""
    evaluate(np.multiply(x, ROOT_HALF, out=workers.scratch_like(x, 0)), out)
    return _half_of_one_more(out)


def _slope(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    r"""$\Phi + x \phi$, with the normal density $\phi = e^{-x^2 / 2} / \sqrt{2 \pi}$."""
    _share(x, out)
    density = np.multiply(x, x, out=workers.scratch_like(x, 0))
    density *= -0.5
    np.exp(density, out=density)
    density *= DENSITY
    density *= x
    out += density
    return out


def _tanh_share(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    r"""$\frac12 (1 + t)$, with $t = \tanh(a x + b x^3)$."""
    squares = np.multiply(x, x, out=out)
    return _half_of_one_more(_tanh(x, squares, out))


def _tanh_slope(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    r"""$\frac12 (1 + t) + \frac12 (1 - t^2) (a x + 3 b x^3)$."""
    squares = np.multiply(x, x, out=workers.scratch_like(x, 0))
    t = _tanh(x, squares, workers.scratch_like(x, 1))
    np.multiply(t, t, out=out)
    np.subtract(1.0, out, out=out)
    squares *= 1.5 * CUBIC
    squares += 0.5 * LINEAR
    squares *= x
    out *= squares
    out += _half_of_one_more(t)
    return out


_SHARES: dict[str, Callable[..., np.ndarray]] = {"none": _share, "tanh": _tanh_share}
_SLOPES: dict[str, Callable[..., np.ndarray]] = {"none": _slope, "tanh": _tanh_slope}


def _tanh(x: np.ndarray, squares: np.ndarray, out: np.ndarray) -> Any:
    np.multiply(squares, CUBIC, out=out)
    out += LINEAR
    out *= x
    return np.tanh(out, out=out)


def _half_of_one_more(x: np.ndarray) -> np.ndarray:
    x += 1.0
    x *= 0.5
    return x
