"""TinyTorch 05: say by one number how wrong a prediction is.

Training needs a number to make smaller. Which one, is a statement about the errors that matter:
squared errors for measurements, cross-entropy for a choice between classes, distances for what
should lie near or far. Each loss is a function, and a layer that keeps its settings.

Read `regression.py` first, then `classes.py`.
"""

from tinytorch.losses.binary import binary_cross_entropy, binary_cross_entropy_with_logits
from tinytorch.losses.classes import cross_entropy, nll_loss
from tinytorch.losses.distances import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    kl_div,
    triplet_margin_loss,
)
from tinytorch.losses.layers import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
    TripletMarginLoss,
)
from tinytorch.losses.regression import huber_loss, l1_loss, mse_loss, smooth_l1_loss

__version__ = "0.1.0"

__all__ = [
    "mse_loss",
    "l1_loss",
    "huber_loss",
    "smooth_l1_loss",
    "cross_entropy",
    "nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "hinge_embedding_loss",
    "cosine_embedding_loss",
    "triplet_margin_loss",
    "MSELoss",
    "L1Loss",
    "HuberLoss",
    "SmoothL1Loss",
    "CrossEntropyLoss",
    "NLLLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
    "KLDivLoss",
    "HingeEmbeddingLoss",
    "CosineEmbeddingLoss",
    "TripletMarginLoss",
]
