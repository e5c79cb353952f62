"""TinyTorch 14: attention alone is not a language model.

Attention moves what tokens know from one to another; it computes nothing new with it, and stacked
high it does not train. A transformer puts a small network behind each attention, adds what both
make to a stream of vectors that goes straight through, and normalises what they see. With token
vectors before and a score for each token after, that is GPT. It writes by guessing the next token,
and then the next.

Read `gpt.py` first: all of GPT-2, and it loads the real one.
"""

from tinytorch.transformers.decoder import TransformerDecoder, TransformerDecoderLayer
from tinytorch.transformers.encoder import TransformerEncoder, TransformerEncoderLayer
from tinytorch.transformers.generation import LanguageModel, generate, stream
from tinytorch.transformers.gpt import GPT, GPTMLP, GPTAttention, GPTBlock, GPTConfig
from tinytorch.transformers.llama import (
    GatedMLP,
    Llama,
    LlamaAttention,
    LlamaBlock,
    LlamaConfig,
)
from tinytorch.transformers.looking import attention_weights
from tinytorch.transformers.norm_layers import LayerNorm, RMSNorm, layer_norm, rms_norm
from tinytorch.transformers.sampling import Sampling

__version__ = "0.1.0"

__all__ = [
    "layer_norm",
    "rms_norm",
    "LayerNorm",
    "RMSNorm",
    "TransformerEncoderLayer",
    "TransformerEncoder",
    "TransformerDecoderLayer",
    "TransformerDecoder",
    "GPTConfig",
    "GPT",
    "GPTBlock",
    "GPTAttention",
    "GPTMLP",
    "LlamaConfig",
    "Llama",
    "LlamaBlock",
    "LlamaAttention",
    "GatedMLP",
    "LanguageModel",
    "generate",
    "stream",
    "Sampling",
    "attention_weights",
]
