"""Rotary positions: queries and keys are turned by where they stand, so their products tell how far
apart they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinytorch.autograd import defvjp
from tinytorch.embeddings.scaling import RotaryScaling
from tinytorch.embeddings.standing import check_features, rows_at
from tinytorch.layers import Module
from tinytorch.tensor import Tensor, primitive
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.summation import working_type


@primitive(promotion="none")
def rotate(input: Any, cos: Any, sin: Any, *, interleaved: bool) -> Any:
    r"""Turn pairs of numbers: $z = (x \cos\phi - y \sin\phi, \; y \cos\phi + x \sin\phi)$.

    It is linear in the input, and its way back turns by $-\phi$.

    Args:
        input: (…, D).
        cos: $\cos\phi$, of R/2 pairs, in a shape that broadcasts to the input's; numbers from the
            R-th on stay as they are.
        sin: $\sin\phi$, likewise.
        interleaved: whether pairs are neighbours, (0, 1), (2, 3) …; or else the two halves of the
            first R: (0, R/2), (1, R/2 + 1) …

    Returns:
        the input's shape.
    """
    turned = 2 * cos.shape[-1]
    x = input[..., :turned].astype(working_type(input.dtype), copy=False)
    with np.errstate(all="ignore"):
        out = (_turn_neighbours if interleaved else _turn_halves)(x, cos, sin)
    if turned < input.shape[-1]:
        out = np.concatenate([out, input[..., turned:]], -1)
    return out.astype(input.dtype, copy=False)


def _turn_neighbours(x: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """To turn a pair is to multiply a complex number by another of length 1."""
    if x.strides[-1] != x.itemsize:
        x = np.ascontiguousarray(x)
    out = np.empty(x.shape, x.dtype)
    pair = np.result_type(x.dtype, np.complex64)
    np.multiply(x.view(pair), cos + 1j * sin, out=out.view(pair))
    return out


def _turn_halves(x: np.ndarray, cos: np.ndarray, sin: np.ndarray) -> np.ndarray:
    """In whole rows, twice as quick as half by half: NumPy goes along short rows one by one."""
    half = cos.shape[-1]
    out: np.ndarray = x * np.concatenate([cos, cos], -1)
    other = np.empty_like(x)
    other[..., :half], other[..., half:] = x[..., half:], x[..., :half]
    other *= np.concatenate([-sin, sin], -1)
    out += other
    return out


def _pairs(count: int, interleaved: bool) -> tuple[Any, Any]:
    """Where the first and the second numbers of all pairs stand."""
    if interleaved:
        return (..., slice(0, 2 * count, 2)), (..., slice(1, 2 * count, 2))
    return (..., slice(count)), (..., slice(count, 2 * count))


def _cos_vjp(g: Any, _z: Any, input: Any, cos_shape: Any, _sin: Any, *, interleaved: bool) -> Any:
    first, second = _pairs(cos_shape[-1], interleaved)
    return g[first] * input[first] + g[second] * input[second]


def _sin_vjp(g: Any, _z: Any, input: Any, _cos: Any, sin_shape: Any, *, interleaved: bool) -> Any:
    first, second = _pairs(sin_shape[-1], interleaved)
    return g[second] * input[first] - g[first] * input[second]


defvjp(
    rotate,
    lambda g, _z, _x, cos, sin, *, interleaved: rotate(g, cos, -sin, interleaved=interleaved),
    _cos_vjp,
    _sin_vjp,
)


class RotaryEmbedding(Module):
    r"""Turns pairs of numbers by angles that grow with the position: $\phi_{p,i} = p \, b^{-2i/R}$.

    (Su et al., https://arxiv.org/abs/2104.09864.) The product of a query at position m and a key at
    n then depends on m − n only. Nothing is learned or saved.

    Args:
        head_dim: the length of the input's last dimension.
        max_positions: how many positions there are.
        base: $b$; the waves' lengths go from $2 \pi$ up to nearly $2 \pi b$.
        scaling: other frequencies, for texts that are longer than those that a model was trained
            on.
        interleaved: whether pairs are neighbours, as in the paper and in Meta's Llama; or else the
            first half with the second, as in Hugging Face's Llama and in GPT-NeoX.
        rotary_dim: $R$, how many of the first numbers are turned; by default all.

    Raises:
        TypeError: if a number is none, or the scaling no `RotaryScaling`.
        ValueError: if one is too small, or odd where pairs are turned.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> rotary = RotaryEmbedding(2)
        >>> rotary(tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]))
        tensor([[ 1.0000,  0.0000],
                [ 0.5403,  0.8415],
                [-0.4161,  0.9093]])
    """

    cos: Tensor
    sin: Tensor

    def __init__(
        self,
        head_dim: int,
        max_positions: int = 2048,
        base: float = 10000.0,
        scaling: RotaryScaling | None = None,
        interleaved: bool = False,
        rotary_dim: int | None = None,
    ) -> None:
        super().__init__()
        self.head_dim = integer("RotaryEmbedding", "head_dim", head_dim, 2)
        self.max_positions = integer("RotaryEmbedding", "max_positions", max_positions, 1)
        self.rotary_dim = _rotated(self.head_dim, rotary_dim)
        if not setting("RotaryEmbedding", "base", base) > 0:
            raise ValueError(f"RotaryEmbedding: base is {base}, expected above 0")
        if not isinstance(scaling, RotaryScaling | None):
            raise TypeError(
                f"RotaryEmbedding: scaling is {scaling!r}, expected a RotaryScaling such as "
                "LinearScaling(2.0), or None"
            )
        self.base = base
        self.scaling = scaling
        self.interleaved = bool(interleaved)
        frequencies = base ** -(np.arange(0, self.rotary_dim, 2) / self.rotary_dim)
        magnitude = 1.0
        if scaling is not None:
            frequencies, magnitude = scaling(frequencies), scaling.magnitude
        angles = np.arange(self.max_positions)[:, None] * frequencies
        for name, table in (("cos", np.cos(angles)), ("sin", np.sin(angles))):
            rounded = (magnitude * table).astype(np.float32)
            self.register_buffer(name, Tensor.from_array(rounded), persistent=False)

    def forward(self, input: Tensor, offset: int = 0, positions: Tensor | None = None) -> Tensor:
        """Turn each token's vector by the angles of its position.

        Args:
            input: queries or keys, (…, T, head_dim), usually (B, heads, T, head_dim).
            offset: where the first token stands, the others behind it.
            positions: where each token stands, in the place of an offset: integers, (T,), or (B, T)
                for an input (B, …, T, head_dim).

        Raises:
            TypeError: for another kind of tensor or number.
            ValueError: for another shape, or if both offset and positions are given.
            IndexError: for a position from `max_positions` on, or below 0.
        """
        check_features("RotaryEmbedding", input, "head_dim", self.head_dim)
        tables = [self.cos, self.sin]
        cos, sin = rows_at("RotaryEmbedding", input, tables, offset, positions)
        return rotate(input, cos, sin, interleaved=self.interleaved)  # type: ignore[no-any-return]

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        said = f"{self.head_dim}, max_positions={self.max_positions}, base={self.base}"
        if self.scaling is not None:
            said += f", scaling={self.scaling}"
        if self.interleaved:
            said += ", interleaved=True"
        if self.rotary_dim != self.head_dim:
            said += f", rotary_dim={self.rotary_dim}"
        return said


def _rotated(head_dim: int, rotary_dim: int | None) -> int:
    """How many numbers are turned: an even number, as they are pairs."""
    if rotary_dim is None and head_dim % 2:
        raise ValueError(
            f"RotaryEmbedding: head_dim is {head_dim}, expected an even number: pairs are turned; "
            "or give an even rotary_dim"
        )
    found = head_dim if rotary_dim is None else rotary_dim
    found = integer("RotaryEmbedding", "rotary_dim", found, 2)
    if found % 2 or found > head_dim:
        raise ValueError(
            f"RotaryEmbedding: rotary_dim is {found}, expected an even number up to head_dim, "
            f"which is {head_dim}"
        )
    return found
