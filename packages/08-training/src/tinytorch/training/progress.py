"""ProgressBar: how far a training is, in a terminal."""

from tinytorch.training.callback import Callback


class ProgressBar(Callback):
    """How far a training is, in a terminal."""
