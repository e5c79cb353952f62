"""Ad hoc loops forget validation, saving, stopping: train with one call."""

from tinytorch.training.saving import load, load_metadata, save

__all__ = [
    # files
    "save",
    "load",
    "load_metadata",
]

__version__ = "0.1.0"
