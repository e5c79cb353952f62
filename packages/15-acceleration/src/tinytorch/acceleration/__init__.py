"""TinyTorch 15: the same models, several times faster, and why.

What a kernel computes is one thing, how it goes about it another: in a Python loop over numbers, in
NumPy's loops over whole arrays, or in blocks that stay in the processor's cache, on several
threads. `accelerate()` chooses the way for every model that was ever written, and `parallel_step`
gives each core a part of the batch.

Read `threads.py` first, then `tiers.py`, then the kernels of `fast` beside those of `naive`.
"""

from tinytorch.acceleration import fast, naive  # noqa: F401  (they enter their kernels)
from tinytorch.acceleration.parallel import parallel_step
from tinytorch.acceleration.tiers import accelerate, implementations

__version__ = "0.1.0"

__all__ = ["accelerate", "parallel_step", "implementations"]
