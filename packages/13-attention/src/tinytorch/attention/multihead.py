"""Attention as a layer: what a token asks for, offers and passes on is learned, head by head."""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.attention.attend import attend, attend_plainly
from tinytorch.attention.attention import default_scale, dropped, probability, truth
from tinytorch.attention.inputs import NAME, check_inputs
from tinytorch.attention.masking import mask_of
from tinytorch.layers import Linear, Module, Parameter, init, linear
from tinytorch.tensor import Tensor, empty, mean, permute, reshape, split
from tinytorch.tensor.dims import integer
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.tensor.from_data import check_device


class MultiheadAttention(Module):
    r"""`scaled_dot_product_attention` of linear maps of its inputs, in several heads side by side.

    $$\operatorname{head}_i = \operatorname{attention}(x_q W_i^Q, x_k W_i^K, x_v W_i^V), \qquad
    y = [\operatorname{head}_1, …, \operatorname{head}_H] \, W^O$$

    (Vaswani et al., https://arxiv.org/abs/1706.03762.) Parameters have PyTorch's names and start as
    PyTorch's do: `in_proj_weight` holds the maps of queries, keys and values one below the other;
    where `kdim` or `vdim` is another than `embed_dim`, they are `q_proj_weight`, `k_proj_weight`
    and `v_proj_weight`. With fewer `num_kv_heads` those of keys and values have fewer rows.

    Other than in PyTorch, `is_causal` needs no mask beside it, and a query that may look at no key
    gets zeros from each head, where PyTorch's layer gives nan if it returns weights.

    Args:
        embed_dim: how many features queries and results have.
        num_heads: H; it divides `embed_dim`.
        dropout: the probability that a weight is dropped in training.
        bias: whether the four maps have one.
        add_bias_kv: False; there is no key that is learned.
        add_zero_attn: False; there is no key of zeros. (A query that sees no key gets zeros.)
        kdim: how many features keys have; by default `embed_dim`.
        vdim: how many values have; by default `embed_dim`.
        batch_first: whether inputs are (N, L, E), not (L, N, E).
        device: `cpu`, or left out.
        dtype: of the parameters.
        num_kv_heads: how many heads keys and values have, each for as many neighbouring query heads
            (Ainslie et al., https://arxiv.org/abs/2305.13245); by default H; 1 is multi-query
            attention (Shazeer, https://arxiv.org/abs/1911.02150).
        window: how many places a query sees in each direction, its own among them; by default all.

    Raises:
        TypeError: if a number is none; when called, for another kind of tensor.
        ValueError: if a number is out of range, or heads do not divide; when called, if shapes do
            not fit.

    Example:
        >>> from tinytorch.tensor import randn
        >>> attention = MultiheadAttention(8, num_heads=2, batch_first=True)
        >>> x = randn(5, 3, 8)
        >>> out, weights = attention(x, x, x, is_causal=True)
        >>> out.shape, weights.shape
        ((5, 3, 8), (5, 3, 3))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        num_kv_heads: int | None = None,
        window: int | None = None,
    ) -> None:
        super().__init__()
        check_device(NAME, device)
        for name, added in (("add_bias_kv", add_bias_kv), ("add_zero_attn", add_zero_attn)):
            if added:
                raise ValueError(f"{NAME}: {name} is {added}, expected False: no key is added here")
        self.embed_dim = integer(NAME, "embed_dim", embed_dim, 1)
        self.num_heads = _divisor("num_heads", num_heads, "embed_dim", self.embed_dim)
        kv_heads = self.num_heads if num_kv_heads is None else num_kv_heads
        self.num_kv_heads = _divisor("num_kv_heads", kv_heads, "num_heads", self.num_heads)
        self.head_dim = self.embed_dim // self.num_heads
        self.kdim = self.embed_dim if kdim is None else integer(NAME, "kdim", kdim, 1)
        self.vdim = self.embed_dim if vdim is None else integer(NAME, "vdim", vdim, 1)
        self.window = None if window is None else integer(NAME, "window", window, 1)
        self.dropout = probability(NAME, "dropout", dropout)
        self.batch_first = batch_first

        inputs = self.embed_dim, self.kdim, self.vdim
        outputs = self._outputs()
        packed = len(set(inputs)) == 1
        shapes = ((sum(outputs), self.embed_dim), *zip(outputs, inputs))
        self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight = (
            Parameter(empty(*shape, dtype=dtype)) if wanted else None
            for shape, wanted in zip(shapes, (packed, not packed, not packed, not packed))
        )
        self.in_proj_bias = Parameter(empty(sum(outputs), dtype=dtype)) if bias else None
        self.out_proj = Linear(self.embed_dim, self.embed_dim, bias, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights anew; biases are 0."""
        self.out_proj.reset_parameters()
        for weight in self._weights():
            init.xavier_uniform_(weight)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What each query finds, and where it looked. Pass x, x, x for self-attention.

        Args:
            query: (L, N, E), or (N, L, E) where `batch_first`, or (L, E) without a batch.
            key: likewise with S for L, and `kdim` features.
            value: likewise, with `vdim` features.
            key_padding_mask: (N, S), or (S,) without a batch: bool, True where a key is *hidden*,
                or numbers that are added to scores.
            need_weights: whether weights are returned too, which takes more time and memory.
            attn_mask: (L, S) or (N·H, L, S): bool, True where a key is *hidden*, or numbers.
            average_attn_weights: whether weights are averaged over heads.
            is_causal: whether a query sees no key ahead of it. It needs no mask, and adds to one.

        Returns:
            a tensor of the query's shape, and the weights that values got, after dropout: (N, L, S)
            or (N, H, L, S), without a batch (L, S) or (H, L, S); or None.
        """
        features = self.embed_dim, self.kdim, self.vdim
        check_inputs(query, key, value, features, self.out_proj.weight.dtype, self.batch_first)
        order, back = _orders(query.ndim, self.batch_first)
        q, k, v = (
            permute(reshape(x, (*x.shape[:-1], x.shape[-1] // self.head_dim, self.head_dim)), order)
            for x in self._projected(query, key, value)
        )
        shape = (*q.shape[:-1], k.shape[-2])  # of the scores
        mask = mask_of(attn_mask, key_padding_mask, shape, q.dtype)
        keep = dropped(self.dropout, shape, q.dtype) if self.training else None
        settings: dict[str, Any] = {
            "scale": default_scale(self.head_dim),
            "is_causal": truth(NAME, "is_causal", is_causal),
            "offset": 0,
            "window": self.window,
        }
        weights = None
        averaged = truth(NAME, "average_attn_weights", average_attn_weights)
        if truth(NAME, "need_weights", need_weights):
            heads, weights = attend_plainly(q, k, v, mask, keep, **settings)
            weights = mean(weights, -3) if averaged else weights
        else:
            heads = attend(q, k, v, mask, keep, **settings)
        return self.out_proj(reshape(permute(heads, back), query.shape)), weights

    def _outputs(self) -> tuple[int, int, int]:
        """How many features the maps of queries, keys and values have."""
        shared = self.num_kv_heads * self.head_dim
        return self.embed_dim, shared, shared

    def _weights(self) -> list[Parameter]:
        """The maps: one for all, or those of queries, keys and values."""
        maps = self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        return [weight for weight in maps if weight is not None]

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        """The linear maps of all three, in as few products as there are different inputs."""
        lengths = self._outputs()
        weight, bias = self.in_proj_weight, self.in_proj_bias
        if weight is not None and query is key is value:
            return split(linear(query, weight, bias), lengths, -1)
        rows, parts = lengths[0], lengths[1:]
        if weight is not None and key is value:
            q_bias, kv_bias = (None, None) if bias is None else (bias[:rows], bias[rows:])
            both = linear(key, weight[rows:], kv_bias)
            return linear(query, weight[:rows], q_bias), *split(both, parts, -1)
        weights = self._weights() if weight is None else split(weight, lengths)
        biases = (None, None, None) if bias is None else split(bias, lengths)
        return tuple(map(linear, (query, key, value), weights, biases))

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses."""
        more = "".join(
            f", {name}={getattr(self, name)}"
            for name, usual in (
                ("num_kv_heads", self.num_heads),
                ("dropout", 0),
                ("kdim", self.embed_dim),
                ("vdim", self.embed_dim),
                ("window", None),
                ("batch_first", False),
            )
            if getattr(self, name) != usual
        )
        return f"{self.embed_dim}, num_heads={self.num_heads}{more}"


def _orders(ndim: int, batch_first: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How dimensions are put, from (L, N, H, D) or its like to (N, H, L, D), and back."""
    if ndim == 2:  # (L, H, D)
        return (1, 0, 2), (1, 0, 2)
    return ((0, 2, 1, 3), (0, 2, 1, 3)) if batch_first else ((1, 2, 0, 3), (2, 0, 1, 3))


def _divisor(name: str, value: Any, of: str, whole: int) -> int:
    number = integer(NAME, name, value, 1)
    if whole % number:
        raise ValueError(f"{NAME}: {name} is {number}, expected a divisor of {of}, {whole}")
    return number
