"""TinyTorch 13: every token looks at the others.

What a token means depends on those around it, near or far. Attention lets each token ask all the
others: its query is held against their keys, and what it gets is a mean of their values, weighted
by how well the keys fit. Nothing but products of matrices, and a softmax between them; who may not
look where is a setting.

Read `attend.py` first: the definition, the kernel that keeps one matrix of it, and its way back.
"""

from tinytorch.attention.attention import scaled_dot_product_attention
from tinytorch.attention.multihead import MultiheadAttention
from tinytorch.attention.picture import plot_attention

__version__ = "0.1.0"

__all__ = ["scaled_dot_product_attention", "MultiheadAttention", "plot_attention"]
