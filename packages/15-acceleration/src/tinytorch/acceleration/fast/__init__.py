"""The fast tier: blocks that stay in the cache, several threads, and memory that is used again."""

from tinytorch.acceleration.fast import convolution
