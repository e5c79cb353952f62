from tinytorch.acceleration.tiers import accelerate, implementations
from tinytorch.acceleration import fast

__version__ = "0.1.0"
__all__ = ["accelerate", "implementations"]
