"""TinyTorch 11: from text to numbers, and back.

A model adds and multiplies; a person writes. A tokenizer cuts a text into tokens and gives each a
number.
"""

from tinytorch.tokenization.bpe import BPETokenizer
from tinytorch.tokenization.splitting import GPT2_PATTERN, GPT4_PATTERN
from tinytorch.tokenization.tokenizer import Tokenizer

__all__ = [
    "Tokenizer",
    "BPETokenizer",
    "GPT2_PATTERN",
    "GPT4_PATTERN",
]

__version__ = "0.1.0"
