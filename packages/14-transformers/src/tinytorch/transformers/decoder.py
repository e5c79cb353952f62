"""The blocks of "Attention is all you need" that write: they look back, and at what was read.

(Vaswani et al., https://arxiv.org/abs/1706.03762. Names, and how layers start, are PyTorch's.)
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from typing import Any

from tinytorch.activations import relu
from tinytorch.attention import MultiheadAttention
from tinytorch.attention.attention import truth
from tinytorch.layers import Dropout, Linear, Module
from tinytorch.tensor import Tensor
from tinytorch.tensor.dims import integer
from tinytorch.tensor.dtypes import DTypeLike
from tinytorch.transformers.encoder import (
    Activation,
    activation_of,
    added,
    checked_module,
    copies,
)
from tinytorch.transformers.norm_layers import LayerNorm


class TransformerDecoderLayer(Module):
    """Self-attention, attention to the *memory*, which an encoder made, then a small network.

    Args:
        d_model: as of `TransformerEncoderLayer`, and so are the others.
        nhead: as there.
        dim_feedforward: as there.
        dropout: as there.
        activation: as there.
        layer_norm_eps: as there.
        batch_first: as there.
        norm_first: as there; the memory is taken as it is.
        bias: as there.
        device: as there.
        dtype: as there.

    Raises:
        TypeError: as there.
        ValueError: as there.

    Example:
        >>> from tinytorch.tensor import ones
        >>> layer = TransformerDecoderLayer(16, nhead=4, batch_first=True)
        >>> layer(ones(2, 3, 16), memory=ones(2, 5, 16), tgt_is_causal=True).shape
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
        self.multihead_attn = MultiheadAttention(
            d_model, nhead, dropout, batch_first=batch_first, **how
        )
        self.linear1 = Linear(d_model, dim_feedforward, **how)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **how)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, **how)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, **how)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, **how)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = activation_of("TransformerDecoderLayer", activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """What became of each token; masks are those of `MultiheadAttention`.

        Args:
            tgt: (T, N, E), or (N, T, E) where `batch_first`, or (T, E) without a batch.
            memory: likewise with S for T.
            tgt_mask: which token may not look at which, (T, T) or (N·H, T, T).
            memory_mask: which may not look at which of the memory, (T, S) or (N·H, T, S).
            tgt_key_padding_mask: which tokens none may look at, (N, T).
            memory_key_padding_mask: which of the memory, (N, S).
            tgt_is_causal: whether no token looks at those after it. It needs no mask, and adds to
                one, and so does the next.
            memory_is_causal: whether it looks at no later place of the memory than its own.
        """
        tgt_is_causal = truth("TransformerDecoderLayer", "tgt_is_causal", tgt_is_causal)
        memory_is_causal = truth("TransformerDecoderLayer", "memory_is_causal", memory_is_causal)

        def attended(x: Tensor) -> Tensor:
            masks = tgt_key_padding_mask, False, tgt_mask
            return self.dropout1(self.self_attn(x, x, x, *masks, is_causal=tgt_is_causal)[0])

        def cross_attended(x: Tensor) -> Tensor:
            masks = memory_key_padding_mask, False, memory_mask
            return self.dropout2(
                self.multihead_attn(x, memory, memory, *masks, is_causal=memory_is_causal)[0]
            )

        def fed_forward(x: Tensor) -> Tensor:
            hidden = self.dropout(self.activation(self.linear1(x)))
            return self.dropout3(self.linear2(hidden))

        x = added(tgt, attended, self.norm1, self.norm_first)
        x = added(x, cross_attended, self.norm2, self.norm_first)
        return added(x, fed_forward, self.norm3, self.norm_first)


class TransformerDecoder(Module):
    """Several decoder layers, one after the other; all look at the same memory.

    Args:
        decoder_layer: which is copied, so that all start with the same weights.
        num_layers: how many.
        norm: what comes after the last, or None.

    Raises:
        TypeError: if `num_layers` is no integer, or the layer or norm no module.
        ValueError: if it is below 1.

    Example:
        >>> from tinytorch.tensor import ones
        >>> decoder = TransformerDecoder(TransformerDecoderLayer(16, nhead=4), num_layers=2)
        >>> decoder(ones(3, 2, 16), memory=ones(5, 2, 16)).shape
        (3, 2, 16)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        name = "TransformerDecoder"
        self.num_layers = integer(name, "num_layers", num_layers, 1)
        self.layers = copies(name, "decoder_layer", decoder_layer, self.num_layers)
        self.norm = None if norm is None else checked_module(name, "norm", norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """What became of each token; arguments as of `TransformerDecoderLayer.forward`."""
        masks = tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        causal = False if tgt_is_causal is None else tgt_is_causal
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, causal, memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)
