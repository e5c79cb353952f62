"""One sample at a time is too slow: draw shuffled batches.

A `Dataset` knows its length and can return any sample by its number. A `DataLoader` decides which
samples come together and in which order, and `default_collate` lays them side by side in one
Tensor, so that a network does one large matrix product instead of many small ones. A
`TensorDataset` holds all its samples in Tensors already: there a batch is a single indexing.
`Digits` is a real data set small enough to travel inside the package.
"""

from tinytorch.dataloader.collate import default_collate
from tinytorch.dataloader.dataset import Dataset, TensorDataset
from tinytorch.dataloader.digits import Digits
from tinytorch.dataloader.loader import DataLoader

__all__ = ["DataLoader", "Dataset", "Digits", "TensorDataset", "default_collate"]

__version__ = "0.1.0"
