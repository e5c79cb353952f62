"""One sample at a time is too slow: draw shuffled batches.

A `Dataset` knows its length and can return any sample by its number; an `IterableDataset` is a
stream. A sampler says which samples come and in which order, `default_collate` lays those of a
batch side by side in one Tensor, so that a network does one large matrix product instead of many
small ones, and a `Transform` changes the batch: crops, flips, mixes its images, each time anew. A
`DataLoader` has all that done, by itself or by worker threads or processes, ahead of the loop. Its
random numbers are keyed by (seed, epoch, sample), so the same batches come from any number of
workers, and an epoch that was interrupted goes on in the middle.

`Digits` and `Austen` are real images and a real text, small enough to travel inside the package;
`MNIST`, `FashionMNIST`, `CIFAR10` and `TinyShakespeare` are downloaded once, and checked each time.
"""

from tinytorch.dataloader.augmentation import Cutout, RandomCrop, RandomHorizontalFlip
from tinytorch.dataloader.cifar import CIFAR10
from tinytorch.dataloader.collate import default_collate
from tinytorch.dataloader.dataset import Dataset, IterableDataset, TensorDataset
from tinytorch.dataloader.digits import Digits
from tinytorch.dataloader.distributed import DistributedSampler
from tinytorch.dataloader.images import ImageDataset
from tinytorch.dataloader.loader import DataLoader
from tinytorch.dataloader.mixing import MixUp
from tinytorch.dataloader.mnist import MNIST, FashionMNIST
from tinytorch.dataloader.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from tinytorch.dataloader.subset import Subset, random_split
from tinytorch.dataloader.text import Austen, Text, TinyShakespeare
from tinytorch.dataloader.transforms import Compose, Normalize, Transform

__all__ = [
    "Dataset",
    "IterableDataset",
    "TensorDataset",
    "Subset",
    "random_split",
    "DataLoader",
    "default_collate",
    "Sampler",
    "SequentialSampler",
    "RandomSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "BatchSampler",
    "DistributedSampler",
    "Transform",
    "Compose",
    "RandomCrop",
    "RandomHorizontalFlip",
    "Normalize",
    "Cutout",
    "MixUp",
    "Digits",
    "ImageDataset",
    "MNIST",
    "FashionMNIST",
    "CIFAR10",
    "Text",
    "TinyShakespeare",
    "Austen",
]

__version__ = "0.1.0"
