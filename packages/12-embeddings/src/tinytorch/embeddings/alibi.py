"""ALiBi: no positions at all, but attention that fades with the distance."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import numpy as np

from tinytorch.layers import Module
from tinytorch.tensor import Tensor, abs
from tinytorch.tensor.dims import integer


def alibi_slopes(num_heads: int) -> Tensor:
    r"""How fast each head's attention fades: $m_h = 2^{-8h/H}$ for heads 1 to $H$.

    Where H is no power of two, the slopes are those of the greatest power below it, and then every
    other one of twice as many heads. (Press et al., https://arxiv.org/abs/2108.12409, and their
    code.)

    Args:
        num_heads: $H$.

    Returns:
        (num_heads,).

    Raises:
        TypeError: if it is no integer.
        ValueError: if it is below 1.

    Example:
        >>> alibi_slopes(3)
        tensor([0.0625, 0.0039, 0.2500])
    """
    return _slopes(integer("alibi_slopes", "num_heads", num_heads, 1))


class ALiBi(Module):
    r"""What is added to the scores of queries and keys: $-m_h \, |i - j|$.

    Each head subtracts from a key's score the distance to it, times a slope of its own. Nothing is
    learned or saved.

    Args:
        num_heads: $H$, see `alibi_slopes`.
        max_positions: how many positions there are.

    Raises:
        TypeError: if a number is no integer.
        ValueError: if it is below 1.

    Example:
        >>> ALiBi(8, 64)(3)[0]
        tensor([[ 0.0000, -0.5000, -1.0000],
                [-0.5000,  0.0000, -0.5000],
                [-1.0000, -0.5000,  0.0000]])
    """

    slopes: Tensor
    places: Tensor

    def __init__(self, num_heads: int, max_positions: int) -> None:
        super().__init__()
        self.num_heads = integer("ALiBi", "num_heads", num_heads, 1)
        self.max_positions = integer("ALiBi", "max_positions", max_positions, 1)
        slopes = _slopes(self.num_heads).reshape(self.num_heads, 1, 1)
        # Integers, which `half` leaves alone: float16 has not all of them above 2,048.
        places = Tensor.from_array(np.arange(self.max_positions, dtype=np.int64))
        self.register_buffer("slopes", slopes, persistent=False)
        self.register_buffer("places", places, persistent=False)

    def forward(self, query_length: int, key_length: int | None = None) -> Tensor:
        """The bias of each query and key; the queries stand at the last of the keys' positions.

        Args:
            query_length: Q, how many queries.
            key_length: K, how many keys; by default as many.

        Returns:
            (num_heads, Q, K).

        Raises:
            TypeError: if a length is no integer.
            ValueError: if there are more keys than positions, or more queries than keys.
        """
        queries = integer("ALiBi", "query_length", query_length, 0)
        keys = queries if key_length is None else integer("ALiBi", "key_length", key_length, 0)
        if queries > keys:
            raise ValueError(
                f"ALiBi: query_length is {queries}, expected at most key_length, which is {keys}: "
                "the queries are the last of the keys' tokens"
            )
        if keys > self.max_positions:
            name = "query_length" if key_length is None else "key_length"
            raise ValueError(
                f"ALiBi: {name} is {keys}, expected at most max_positions, which is "
                f"{self.max_positions}"
            )
        seen = self.places[:keys]
        distances = abs(seen[keys - queries :].unsqueeze(1) - seen)
        return self.slopes * -distances

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        return f"{self.num_heads}, {self.max_positions}"


def _slopes(heads: int) -> Tensor:
    power = 1 << heads.bit_length() - 1
    exponents = np.concatenate(
        [np.arange(1, power + 1) / power, np.arange(1, 2 * (heads - power), 2) / (2 * power)]
    )
    return Tensor.from_array(np.exp2(-8 * exponents).astype(np.float32))
