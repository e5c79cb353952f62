"""The blocks of "Attention is all you need" that read: every token looks at all the others.

(Vaswani et al., https://arxiv.org/abs/1706.03762. Names, and how layers start, are PyTorch's.)
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tinytorch.activations import gelu, relu
from tinytorch.attention import MultiheadAttention
from tinytorch.attention.attention import truth
from tinytorch.layers import Dropout, Linear, Module, ModuleList
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.transformers.norm_layers import LayerNorm

Activation = str | Callable[[Tensor], Tensor]
_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": relu, "gelu": gelu}


class TransformerEncoderLayer(Module):
    r"""Self-attention, then a network for each token by itself.

    What each of them makes is added to what came in, and the sum is normalised (*post-norm*), or it
    looks at normalised vectors, and the sum goes on as it is (*pre-norm*):

    $$z = \operatorname{norm}(x + f(x)) \qquad \text{or} \qquad z = x + f(\operatorname{norm}(x))$$

    Args:
        d_model: the width of a token's vector.
        nhead: how many heads, which share the width.
        dim_feedforward: the width inside the network.
        dropout: of attention weights, inside the network, and of what is added.
        activation: `relu`, `gelu`, or a function of a tensor.
        layer_norm_eps: of the norms.
        batch_first: whether inputs are (N, S, E), not (S, N, E).
        norm_first: whether it is pre-norm.
        bias: whether maps and norms have one.
        device: `cpu`, or left out.
        dtype: of the parameters.

    Raises:
        TypeError: if a number is none; when called, for another kind of tensor.
        ValueError: if a number is out of range, or there is no such activation; when called, if
            shapes do not fit.

    Example:
        >>> from tinytorch.tensor import ones
        >>> TransformerEncoderLayer(16, nhead=4, batch_first=True)(ones(2, 3, 16)).shape
        (2, 3, 16)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        how: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **how)
        self.linear1 = Linear(d_model, dim_feedforward, **how)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **how)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **how)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **how)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = activation_of("TransformerEncoderLayer", activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """What became of each token; masks are those of `MultiheadAttention`.

        Args:
            src: (S, N, E), or (N, S, E) where `batch_first`, or (S, E) without a batch.
            src_mask: which token may not look at which, (S, S) or (N·H, S, S).
            src_key_padding_mask: which tokens none may look at, (N, S).
            is_causal: whether none looks at those after it. It needs no mask, and adds to one.
        """
        is_causal = truth("TransformerEncoderLayer", "is_causal", is_causal)

        def attended(x: Tensor) -> Tensor:
            masks = src_key_padding_mask, False, src_mask
            return self.dropout1(self.self_attn(x, x, x, *masks, is_causal=is_causal)[0])

        def fed_forward(x: Tensor) -> Tensor:
            hidden = self.dropout(self.activation(self.linear1(x)))
            return self.dropout2(self.linear2(hidden))

        x = added(src, attended, self.norm1, self.norm_first)
        return added(x, fed_forward, self.norm2, self.norm_first)


class TransformerEncoder(Module):
    """Several encoder layers, one after the other.

    Args:
        encoder_layer: which is copied, so that all start with the same weights.
        num_layers: how many.
        norm: what comes after the last, or None. Pre-norm layers want one: nothing has normalised
            their sums.

    Raises:
        TypeError: if `num_layers` is no integer, or the layer or norm no module.
        ValueError: if it is below 1.

    Example:
        >>> from tinytorch.tensor import ones
        >>> layer = TransformerEncoderLayer(16, nhead=4, norm_first=True)
        >>> TransformerEncoder(layer, num_layers=2, norm=LayerNorm(16))(ones(3, 2, 16)).shape
        (3, 2, 16)
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        name = "TransformerEncoder"
        self.num_layers = integer(name, "num_layers", num_layers, 1)
        self.layers = copies(name, "encoder_layer", encoder_layer, self.num_layers)
        self.norm = None if norm is None else checked_module(name, "norm", norm)

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """What became of each token; arguments as of `TransformerEncoderLayer.forward`."""
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, False if is_causal is None else is_causal)
        return src if self.norm is None else self.norm(src)


def copies(function: str, name: str, layer: Any, count: int) -> ModuleList:
    """So many copies of a layer; TypeError unless it is a module."""
    layer = checked_module(function, name, layer)
    return ModuleList(copy.deepcopy(layer) for _ in range(count))


def checked_module(function: str, name: str, value: Any) -> Module:
    """The module that was given; TypeError if it is none."""
    if not isinstance(value, Module):
        kind = type(value).__name__
        what = f"{value.__name__}, which was not called" if kind == "type" else f"of type {kind}"
        raise TypeError(f"{function}: {name} is {what}, expected a Module")
    return value


def activation_of(name: str, activation: Activation) -> Callable[[Tensor], Tensor]:
    """The function that is called so, or one that was given.

    Raises:
        TypeError: if it is neither a name nor a function.
        ValueError: if none is.
    """
    if callable(activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(
            f"{name}: activation is of type {type(activation).__name__}, expected 'relu', 'gelu' "
            "or a function"
        )
    if activation not in _ACTIVATIONS:
        raise ValueError(
            f"{name}: activation is {activation!r}, expected 'relu', 'gelu' or a function"
        )
    return _ACTIVATIONS[activation]


def added(
    x: Tensor, function: Callable[[Tensor], Tensor], norm: Module, norm_first: bool
) -> Tensor:
    """A tensor and what a function makes of it, with the norm before the function or after both."""
    return x + function(norm(x)) if norm_first else norm(x + function(x))
