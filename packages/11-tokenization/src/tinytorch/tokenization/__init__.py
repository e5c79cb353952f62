"""TinyTorch 11: from text to numbers, and back.

A model adds and multiplies; a person writes. A tokenizer cuts a text into tokens and gives each a
number.
"""

from tinytorch.tokenization.bpe import BPETokenizer
from tinytorch.tokenization.characters import CharacterTokenizer
from tinytorch.tokenization.gpt2_files import load_gpt2, save_gpt2
from tinytorch.tokenization.picture import TokenPicture
from tinytorch.tokenization.splitting import GPT2_PATTERN, GPT4_PATTERN
from tinytorch.tokenization.tiktoken_files import load_tiktoken, save_tiktoken
from tinytorch.tokenization.tokenizer import Tokenizer
from tinytorch.tokenization.tokenizer_json import load_tokenizer_json, save_tokenizer_json
from tinytorch.tokenization.words import WordTokenizer

__all__ = [
    "Tokenizer",
    "CharacterTokenizer",
    "WordTokenizer",
    "BPETokenizer",
    "GPT2_PATTERN",
    "GPT4_PATTERN",
    "TokenPicture",
    "load_gpt2",
    "save_gpt2",
    "load_tiktoken",
    "save_tiktoken",
    "load_tokenizer_json",
    "save_tokenizer_json",
]

__version__ = "0.1.0"
