"""Absolute positions: what is added to a token's vector to tell where it stands."""

from __future__ import annotations

import numpy as np

from tinytorch.embeddings.standing import check_features, rows_at
from tinytorch.layers import Module, Parameter, init
from tinytorch.tensor import Tensor, empty
from tinytorch.tensor.dims import integer, setting
from tinytorch.tensor.dtypes import DTypeLike, as_dtype


def sinusoidal_encoding(
    length: int, dim: int, base: float = 10000.0, dtype: DTypeLike | None = None
) -> Tensor:
    r"""Waves from short to long, each read at every position.

    $$z_{p,2i} = \sin\frac{p}{b^{2i/D}}, \quad z_{p,2i+1} = \cos\frac{p}{b^{2i/D}}$$

    (Vaswani et al., https://arxiv.org/abs/1706.03762.) To move by some positions is to turn each
    pair by an angle, whatever the position: a linear layer can learn that. An odd D leaves the last
    sine without its cosine.

    Args:
        length: how many positions.
        dim: $D$, how many numbers for each.
        base: $b$; the waves' lengths go from $2 \pi$ up to nearly $2 \pi b$.
        dtype: of the result; float32 by default.

    Returns:
        (length, dim).

    Raises:
        TypeError: if a number is none.
        ValueError: if one is too small.

    Example:
        >>> sinusoidal_encoding(3, 4)
        tensor([[ 0.0000,  1.0000,  0.0000,  1.0000],
                [ 0.8415,  0.5403,  0.0100,  0.9999],
                [ 0.9093, -0.4161,  0.0200,  0.9998]])
    """
    return _waves("sinusoidal_encoding", length, dim, base, dtype)


class SinusoidalPositions(Module):
    """Adds `sinusoidal_encoding` to its input. It learns nothing, and saves nothing.

    Args:
        max_positions: how many positions there are.
        dim: the length of the input's last dimension.
        base: of the waves.

    Raises:
        TypeError: if a number is none.
        ValueError: if one is too small.

    Example:
        >>> from tinytorch.tensor import zeros
        >>> layer = SinusoidalPositions(64, 4)
        >>> layer(zeros(1, 2, 4), offset=1)
        tensor([[[ 0.8415,  0.5403,  0.0100,  0.9999],
                 [ 0.9093, -0.4161,  0.0200,  0.9998]]])
    """

    encoding: Tensor

    def __init__(self, max_positions: int, dim: int, base: float = 10000.0) -> None:
        super().__init__()
        self.max_positions = integer("SinusoidalPositions", "max_positions", max_positions, 1)
        self.dim = integer("SinusoidalPositions", "dim", dim, 1)
        self.base = base
        encoding = _waves("SinusoidalPositions", max_positions, dim, base, None)
        self.register_buffer("encoding", encoding, persistent=False)

    def forward(self, input: Tensor, offset: int = 0, positions: Tensor | None = None) -> Tensor:
        """Add to each token what its position is given.

        Args:
            input: (…, T, dim).
            offset: where the first token stands, the others behind it.
            positions: where each token stands, in the place of an offset: integers, (T,), or (B, T)
                for an input (B, …, T, dim).

        Raises:
            TypeError: for another kind of tensor or number.
            ValueError: for another shape, or if both offset and positions are given.
            IndexError: for a position from `max_positions` on, or below 0.
        """
        check_features("SinusoidalPositions", input, "dim", self.dim)
        (rows,) = rows_at("SinusoidalPositions", input, [self.encoding], offset, positions)
        return input + rows

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"{self.max_positions}, {self.dim}" + f", base={self.base}" * (self.base != 10000.0)


class LearnedPositions(Module):
    r"""Adds to its input a vector for each position, which is learned.

    They start with numbers from $N(0, 0.02^2)$, as in GPT-2.

    Args:
        max_positions: how many positions there are.
        dim: the length of the input's last dimension.

    Raises:
        TypeError: if a number is no integer.
        ValueError: if it is below 1.

    Example:
        >>> from tinytorch.tensor import zeros
        >>> layer = LearnedPositions(64, 16)
        >>> layer(zeros(2, 10, 16)).shape
        (2, 10, 16)
    """

    def __init__(self, max_positions: int, dim: int) -> None:
        super().__init__()
        self.max_positions = integer("LearnedPositions", "max_positions", max_positions, 1)
        self.dim = integer("LearnedPositions", "dim", dim, 1)
        self.weight = Parameter(empty(max_positions, dim))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the vectors anew."""
        init.normal_(self.weight, std=0.02)

    def forward(self, input: Tensor, offset: int = 0, positions: Tensor | None = None) -> Tensor:
        """Add to each token the vector of its position; see `SinusoidalPositions.forward`."""
        check_features("LearnedPositions", input, "dim", self.dim)
        (rows,) = rows_at("LearnedPositions", input, [self.weight], offset, positions)
        return input + rows

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"{self.max_positions}, {self.dim}"


def _waves(name: str, length: int, dim: int, base: float, dtype: DTypeLike | None) -> Tensor:
    length = integer(name, "length", length, 0)
    dim = integer(name, "dim", dim, 0)
    if not setting(name, "base", base) > 0:
        raise ValueError(f"{name}: base is {base}, expected above 0")
    places = np.arange(length)[:, None] / base ** (np.arange(0, dim, 2) / max(dim, 1))
    out = np.empty((length, dim), as_dtype(dtype) if dtype is not None else np.float32)
    if out.dtype.kind != "f":
        raise TypeError(f"{name}: dtype is {out.dtype}, expected floating point")
    out[:, 0::2] = np.sin(places)
    out[:, 1::2] = np.cos(places[:, : dim // 2])
    return Tensor.from_array(out)
