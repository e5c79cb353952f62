"""TinyTorch 12: what a token means, and where it stands.

A token's number says nothing: 7 is not nearer to 8 than to 800. An embedding gives each token a
vector, which is learned until tokens that are used alike lie near each other. And as a model that
looks at all tokens at once sees no order, each is told its position: by a vector that is added to
its own, by turning queries and keys, or by scores that fade with the distance.

Read `lookup.py` first: a row that is read, and its way back.
"""

from tinytorch.embeddings.alibi import ALiBi, alibi_slopes
from tinytorch.embeddings.embedding import Embedding, embedding
from tinytorch.embeddings.picture import plot_embeddings
from tinytorch.embeddings.positions import (
    LearnedPositions,
    SinusoidalPositions,
    sinusoidal_encoding,
)
from tinytorch.embeddings.rotary import RotaryEmbedding
from tinytorch.embeddings.scaling import (
    LinearScaling,
    Llama3Scaling,
    NTKScaling,
    RotaryScaling,
    YaRNScaling,
)

__version__ = "0.1.0"

__all__ = [
    "embedding",
    "Embedding",
    "sinusoidal_encoding",
    "SinusoidalPositions",
    "LearnedPositions",
    "RotaryEmbedding",
    "RotaryScaling",
    "LinearScaling",
    "NTKScaling",
    "Llama3Scaling",
    "YaRNScaling",
    "alibi_slopes",
    "ALiBi",
    "plot_embeddings",
]
