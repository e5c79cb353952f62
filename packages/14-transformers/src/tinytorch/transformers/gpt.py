"""GPT-2: blocks of attention and small networks, and a score for each token that might come next.

(Radford et al., "Language models are unsupervised multitask learners", 2019; the code,
https://github.com/openai/gpt-2. Names are those of its checkpoints.)
"""

# mypy: disable-error-code="no-any-return"
# A function of tensors and arrays is typed Any; of a Tensor it makes a Tensor.

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from tinytorch.activations import gelu
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.attention.attention import probability
from tinytorch.embeddings import Embedding, LearnedPositions
from tinytorch.layers import Dropout, Linear, Module, ModuleList, init
from tinytorch.tensor import Tensor
from tinytorch.tokenization import BPETokenizer
from tinytorch.transformers import gpt2_checkpoints
from tinytorch.transformers.checkpoints import PathLike, build, fill
from tinytorch.transformers.norm_layers import LayerNorm
from tinytorch.transformers.padding import check_ids, positions_and_mask
from tinytorch.transformers.sizes import TokenIds, check_config, check_sizes


@dataclass(frozen=True)
class GPTConfig:
    """The sizes of a GPT, by the names of GPT-2's `config.json`.

    Args:
        vocab_size: how many tokens there are.
        n_positions: how many of them it looks at, the context.
        n_embd: the width of a token's vector.
        n_layer: how many blocks.
        n_head: how many heads, which share the width.
        n_inner: the width of the blocks' networks; by default four times `n_embd`.
        embd_pdrop: dropout of the vectors that enter the first block.
        attn_pdrop: of attention weights.
        resid_pdrop: of what is added to the stream of vectors.
        layer_norm_epsilon: of the layer norms.
        initializer_range: the standard deviation of the weights at the start.
        bos_token_id: which token stands before a text. The model does not look at it, nor at the
            next: `from_pretrained` and `save_pretrained` keep them for those who ask.
        eos_token_id: which token ends a text, or several of them in a tuple.

    Raises:
        TypeError: if a number is none, or a size no integer.
        ValueError: if a number is out of its range, or the heads do not divide the width.

    Example:
        >>> GPTConfig(vocab_size=65, n_positions=64, n_embd=128, n_layer=4, n_head=4).n_positions
        64
    """

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    embd_pdrop: float = 0.1
    attn_pdrop: float = 0.1
    resid_pdrop: float = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    bos_token_id: TokenIds = None
    eos_token_id: TokenIds = None

    def __post_init__(self) -> None:
        check_sizes(self)
        if self.n_embd % self.n_head:
            raise ValueError(
                f"GPTConfig: n_head is {self.n_head}, expected a divisor of n_embd, which is "
                f"{self.n_embd}"
            )


class GPT(Module):
    """A language model: for each token, scores of all tokens that may come after it.

    The last layer's weights are the token vectors themselves (`lm_head.weight is wte.weight`).

    Args:
        config: its sizes.

    Raises:
        TypeError: if that is no `GPTConfig`.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> model = GPT(GPTConfig(vocab_size=65, n_positions=64, n_embd=32, n_layer=2, n_head=4))
        >>> model(tensor([[1, 2, 3], [4, 5, 6]])).shape
        (2, 3, 65)
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        check_config("GPT", config, GPTConfig)
        self.config = config
        self.wte = Embedding(config.vocab_size, config.n_embd)
        self.wpe = LearnedPositions(config.n_positions, config.n_embd)
        self.drop = Dropout(config.embd_pdrop)
        self.h = ModuleList(GPTBlock(config) for _ in range(config.n_layer))
        self.ln_f = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.wte.weight
        self.reset_parameters()

    @classmethod
    def from_pretrained(cls, folder: PathLike) -> Self:
        """Read a GPT-2 as Hugging Face's transformers keeps it; it is ready to write, in eval mode.

        The model has float32 weights, whatever the file has: what is float16 or bfloat16 there
        becomes float32 exactly, and float64 is rounded. (`model.half()` makes it small again.) No
        random number is drawn.

        Its tokenizer is read by `load_gpt2(folder)` of `tinytorch.tokenization`, or from the
        folder's `tokenizer.json` by `load_tokenizer_json`.

        Args:
            folder: with `config.json` and `model.safetensors`. Nothing is downloaded.

        Raises:
            FileNotFoundError: if a file is missing.
            TypeError: if the folder is no path.
            ValueError: if one is damaged, of a model that is not supported, or they don't fit
                together; it lists all tensors that are missing, too many or of another shape.

        Example:
            >>> import tempfile
            >>> folder = tempfile.TemporaryDirectory()
            >>> GPT(GPTConfig(vocab_size=65, n_embd=32, n_layer=1, n_head=4)).save_pretrained(
            ...     folder.name
            ... )
            >>> GPT.from_pretrained(folder.name).config.n_embd
            32
            >>> folder.cleanup()
        """
        names = [field.name for field in fields(GPTConfig)]
        sizes = gpt2_checkpoints.read_sizes(folder, names)
        model = build(cls, GPTConfig, sizes, folder)
        fill(model, gpt2_checkpoints.read_state(folder), folder)
        return model.eval()

    def save_pretrained(self, folder: PathLike, tokenizer: BPETokenizer | None = None) -> None:
        """Write the model so that Hugging Face's transformers can read it.

        What an older model left in the folder goes: its tensors, even in several files, and its
        `generation_config.json`, which would say where texts end; `config.json` does.

        Args:
            folder: is made if it is missing.
            tokenizer: is written beside it, in the place of one that is there: transformers'
                `AutoTokenizer` reads it from there, and if it has a special token <|endoftext|>,
                transformers stops writing at that. Without one, the config's `eos_token_id` says
                where it stops, and a tokenizer that is there stays, as in transformers: right for
                a model that came from this folder. For another give its own, or a new folder.

        Raises:
            TypeError: if it is another kind of tokenizer, or the folder is no path.
            ValueError: if it has ids that the model has no scores for.
            OSError: if the files cannot be written.
        """
        gpt2_checkpoints.write(folder, asdict(self.config), self.state_dict(), tokenizer)

    def reset_parameters(self) -> None:
        r"""Draw all weights anew, from $N(0, 0.02^2)$; biases are zeros.

        Each block adds to the stream of vectors twice. So that their sum keeps its size, what they
        add starts with weights smaller by $\sqrt{2 \cdot \text{layers}}$.
        """
        std = self.config.initializer_range
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                init.zeros_(parameter)
            elif name.endswith("c_proj.weight"):
                init.normal_(parameter, std=std / math.sqrt(2 * self.config.n_layer))
            elif parameter.ndim > 1:
                init.normal_(parameter, std=std)

    @property
    def context(self) -> int:
        """How many tokens it looks at."""
        return self.config.n_positions

    @property
    def vocab_size(self) -> int:
        """How many tokens it has scores for."""
        return self.config.vocab_size

    def forward(self, input: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Scores of what comes next.

        Args:
            input: token ids, (B, T).
            attention_mask: (B, T), True or 1 where there is a token, False or 0 where a shorter
                text was filled up; positions count the tokens.

        Returns:
            (B, T, vocab_size).

        Raises:
            TypeError: if the ids are no integers.
            ValueError: for another shape.
            IndexError: for an id that is not in the vocabulary, or more tokens than positions.
        """
        return self.lm_head(self.features(input, attention_mask))

    def features(self, input: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """What `lm_head` makes the scores of, (B, T, n_embd); all else as of `forward`."""
        check_ids("GPT", input, self.context)
        positions, mask = positions_and_mask("GPT", input, attention_mask)
        stream = self.drop(self.wpe(self.wte(input), positions=positions))
        for block in self.h:
            stream = block(stream, mask)
        return self.ln_f(stream)


class GPTBlock(Module):
    """Attention, then a network for each token by itself; each is added to what came in.

    Both look at normalised vectors (*pre-norm*), so that the sum itself goes through unchanged.

    Args:
        config: the model's.

    Example:
        >>> from tinytorch.tensor import ones
        >>> GPTBlock(GPTConfig(n_embd=32, n_head=4))(ones(2, 3, 32)).shape
        (2, 3, 32)
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.attn = GPTAttention(config)
        self.ln_2 = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.mlp = GPTMLP(config)

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, n_embd) to the same; the mask is that of `scaled_dot_product_attention`."""
        stream = input + self.attn(self.ln_1(input), mask)
        return stream + self.mlp(self.ln_2(stream))


class GPTAttention(Module):
    """Causal self-attention in several heads.

    Args:
        config: the model's.

    Example:
        >>> from tinytorch.tensor import ones
        >>> GPTAttention(GPTConfig(n_embd=32, n_head=4))(ones(2, 3, 32)).shape
        (2, 3, 32)
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.heads = config.n_head
        self.p = probability("GPTAttention", "attn_pdrop", config.attn_pdrop)
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd)
        self.c_proj = Linear(config.n_embd, config.n_embd)
        self.resid_dropout = Dropout(config.resid_pdrop)

    def forward(self, input: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, n_embd) to the same; the mask is that of `scaled_dot_product_attention`."""
        batch, length, width = input.shape
        split = self.c_attn(input).reshape(batch, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)  # (B, H, T, D) each
        dropout_p = self.p if self.training else 0.0
        out = scaled_dot_product_attention(query, key, value, mask, dropout_p, is_causal=True)
        return self.resid_dropout(self.c_proj(out.transpose(1, 2).reshape(batch, length, width)))


class GPTMLP(Module):
    """The network that each token goes through by itself: four times as wide inside.

    Args:
        config: the model's.

    Example:
        >>> from tinytorch.tensor import ones
        >>> GPTMLP(GPTConfig(n_embd=32, n_head=4))(ones(2, 3, 32)).shape
        (2, 3, 32)
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        inner = config.n_inner or 4 * config.n_embd
        self.c_fc = Linear(config.n_embd, inner)
        self.c_proj = Linear(inner, config.n_embd)
        self.dropout = Dropout(config.resid_pdrop)

    def forward(self, input: Tensor) -> Tensor:
        """(…, n_embd) to the same."""
        hidden: Any = gelu(self.c_fc(input), approximate="tanh")
        return self.dropout(self.c_proj(hidden))
