"""How a tensor prints."""
from __future__ import annotations
import numpy as np
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from tinytorch.tensor.tensor import Tensor

def text_of(tensor: Tensor) -> str:
    return f"tensor({np.array2string(tensor.data)})"
