"""A Llama: the blocks of GPT with what has proved better since.

RMS norm in the place of layer norm, rotary positions in the place of learned ones, a gate in the
network (SwiGLU), fewer heads of keys than of queries, no biases.

(Touvron et al., https://arxiv.org/abs/2302.13971 and https://arxiv.org/abs/2307.09288. Names are
those of Hugging Face's checkpoints.)
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

from tinytorch.activations import silu
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.embeddings import Embedding, RotaryEmbedding, RotaryScaling
from tinytorch.layers import Linear, Module, ModuleList, init
from tinytorch.tensor import Tensor
from tinytorch.tokenization import BPETokenizer
from tinytorch.transformers import llama_checkpoints
from tinytorch.transformers.checkpoints import PathLike, build, fill
from tinytorch.transformers.norm_layers import RMSNorm
from tinytorch.transformers.padding import check_ids, positions_and_mask
from tinytorch.transformers.sizes import TokenIds, check_config, check_sizes


@dataclass(frozen=True)
class LlamaConfig:
    """The sizes of a Llama, by the names of its `config.json`.

    Args:
        vocab_size: how many tokens there are.
        hidden_size: the width of a token's vector.
        intermediate_size: the width of the blocks' networks.
        num_hidden_layers: how many blocks.
        num_attention_heads: how many heads of queries.
        num_key_value_heads: how many of keys and values; by default as many.
        head_dim: the width of a head; by default the heads share `hidden_size`.
        max_position_embeddings: how many tokens it looks at, the context.
        rope_theta: the base of the rotary positions.
        rope_scaling: of the rotary positions, or None.
        rms_norm_eps: of the norms.
        tie_word_embeddings: whether the last layer's weights are the token vectors.
        initializer_range: the standard deviation of the weights at the start.
        bos_token_id: as of `GPTConfig`, and so is the next.
        eos_token_id: as there.

    Raises:
        TypeError: if a number is none, or a size no integer.
        ValueError: if a number is out of its range, or heads do not divide what they share.

    Example:
        >>> LlamaConfig(hidden_size=64, num_attention_heads=8, num_key_value_heads=2).head_width
        8
    """

    vocab_size: int = 32000
    hidden_size: int = 4096
    intermediate_size: int = 11008
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    max_position_embeddings: int = 2048
    rope_theta: float = 10000.0
    rope_scaling: RotaryScaling | None = None
    rms_norm_eps: float = 1e-6
    tie_word_embeddings: bool = False
    initializer_range: float = 0.02
    bos_token_id: TokenIds = None
    eos_token_id: TokenIds = None

    def __post_init__(self) -> None:
        check_sizes(self)
        if self.head_dim is None and self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"LlamaConfig: num_attention_heads is {self.num_attention_heads}, expected a "
                f"divisor of hidden_size, which is {self.hidden_size}, or a head_dim"
            )
        if self.num_attention_heads % self.key_value_heads:
            raise ValueError(
                f"LlamaConfig: num_key_value_heads is {self.num_key_value_heads}, expected a "
                f"divisor of num_attention_heads, which is {self.num_attention_heads}"
            )

    @property
    def head_width(self) -> int:
        """The width of a head."""
        return self.head_dim or self.hidden_size // self.num_attention_heads

    @property
    def key_value_heads(self) -> int:
        """How many heads of keys and values there are."""
        return self.num_key_value_heads or self.num_attention_heads


class Llama(Module):
    """A language model: for each token, scores of all tokens that may come after it.

    Args:
        config: its sizes.

    Raises:
        TypeError: if that is no `LlamaConfig`.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> sizes = {"hidden_size": 32, "intermediate_size": 88, "num_hidden_layers": 2}
        >>> model = Llama(LlamaConfig(65, **sizes, num_attention_heads=4, num_key_value_heads=2))
        >>> model(tensor([[1, 2, 3]])).shape
        (1, 3, 65)
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        check_config("Llama", config, LlamaConfig)
        self.config = config
        self.embed_tokens = Embedding(config.vocab_size, config.hidden_size)
        self.rotary = RotaryEmbedding(
            config.head_width,
            config.max_position_embeddings,
            config.rope_theta,
            config.rope_scaling,
        )
        self.layers = ModuleList(LlamaBlock(config) for _ in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.lm_head = Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.embed_tokens.weight
        self.reset_parameters()

    @classmethod
    def from_pretrained(cls, folder: PathLike) -> Self:
        """Read a Llama as Hugging Face's transformers keeps it; see `GPT.from_pretrained`."""
        names = [field.name for field in fields(LlamaConfig)]
        sizes = llama_checkpoints.read_sizes(folder, names)
        model = build(cls, LlamaConfig, sizes, folder)
        tied = model.config.tie_word_embeddings
        fill(model, llama_checkpoints.read_state(folder, tied), folder)
        return model.eval()

    def save_pretrained(self, folder: PathLike, tokenizer: BPETokenizer | None = None) -> None:
        """Write the model so that transformers can read it; see `GPT.save_pretrained`.

        Raises:
            ValueError: also if positions are scaled in a way that the files have no name for.
        """
        sizes = {field.name: getattr(self.config, field.name) for field in fields(self.config)}
        llama_checkpoints.write(folder, sizes, self.state_dict(), tokenizer)

    def reset_parameters(self) -> None:
        """Draw all weights anew, from a normal distribution; those of norms are ones."""
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.normal_(parameter, std=self.config.initializer_range)

    @property
    def context(self) -> int:
        """How many tokens it looks at."""
        return self.config.max_position_embeddings

    @property
    def vocab_size(self) -> int:
        """How many tokens it has scores for."""
        return self.config.vocab_size

    def forward(self, input: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Scores of what comes next; arguments and errors as of `GPT.forward`."""
        return self.lm_head(self.features(input, attention_mask))

    def features(self, input: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """What `lm_head` makes the scores of, (B, T, hidden_size); all else as of `forward`."""
        check_ids("Llama", input, self.context)
        positions, mask = positions_and_mask("Llama", input, attention_mask)
        stream = self.embed_tokens(input)
        for layer in self.layers:
            stream = layer(stream, self.rotary, positions, mask)
        return self.norm(stream)


class LlamaBlock(Module):
    """Attention, then a gated network for each token by itself, each added to what came in.

    Args:
        config: the model's.

    Example:
        >>> from tinytorch.tensor import ones
        >>> config = LlamaConfig(hidden_size=32, intermediate_size=88, num_attention_heads=4)
        >>> LlamaBlock(config)(ones(1, 3, 32), RotaryEmbedding(8)).shape
        (1, 3, 32)
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = LlamaAttention(config)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = GatedMLP(config.hidden_size, config.intermediate_size)

    def forward(
        self,
        input: Tensor,
        rotary: RotaryEmbedding,
        positions: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """(B, T, hidden_size) to the same; positions and mask as of the layers that use them."""
        stream = input + self.self_attn(self.input_layernorm(input), rotary, positions, mask)
        return stream + self.mlp(self.post_attention_layernorm(stream))


class LlamaAttention(Module):
    """Causal self-attention; several heads of queries share one of keys and values.

    Args:
        config: the model's.

    Example:
        >>> from tinytorch.tensor import ones
        >>> config = LlamaConfig(hidden_size=32, num_attention_heads=4, num_key_value_heads=2)
        >>> LlamaAttention(config)(ones(1, 3, 32), RotaryEmbedding(8)).shape
        (1, 3, 32)
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.head_dim = config.head_width
        queries = config.num_attention_heads * self.head_dim
        shared = config.key_value_heads * self.head_dim
        self.q_proj = Linear(config.hidden_size, queries, bias=False)
        self.k_proj = Linear(config.hidden_size, shared, bias=False)
        self.v_proj = Linear(config.hidden_size, shared, bias=False)
        self.o_proj = Linear(queries, config.hidden_size, bias=False)

    def forward(
        self,
        input: Tensor,
        rotary: RotaryEmbedding,
        positions: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """(B, T, hidden_size) to the same; positions and mask as of the layers that use them."""
        query, key, value = (
            self._heads(projection(input)) for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        query, key = rotary(query, positions=positions), rotary(key, positions=positions)
        out = scaled_dot_product_attention(query, key, value, mask, is_causal=True, enable_gqa=True)
        return self.o_proj(out.transpose(1, 2).flatten(2))

    def _heads(self, x: Tensor) -> Tensor:
        """(B, T, H·D) as (B, H, T, D)."""
        heads = x.shape[-1] // self.head_dim
        return x.reshape(*x.shape[:2], heads, self.head_dim).transpose(1, 2)


class GatedMLP(Module):
    r"""A network with gates inside: $z = W_d \, (\operatorname{silu}(W_g x) \odot W_u x)$.

    (SwiGLU: Shazeer, https://arxiv.org/abs/2002.05202.)

    Args:
        hidden_size: the width outside.
        intermediate_size: inside.

    Example:
        >>> from tinytorch.tensor import ones
        >>> GatedMLP(32, 88)(ones(2, 3, 32)).shape
        (2, 3, 32)
    """

    def __init__(self, hidden_size: int, intermediate_size: int) -> None:
        super().__init__()
        self.gate_proj = Linear(hidden_size, intermediate_size, bias=False)
        self.up_proj = Linear(hidden_size, intermediate_size, bias=False)
        self.down_proj = Linear(intermediate_size, hidden_size, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """(…, hidden_size) to the same."""
        return self.down_proj(silu(self.gate_proj(input)) * self.up_proj(input))
