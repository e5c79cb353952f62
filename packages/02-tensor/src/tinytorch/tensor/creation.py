"""Make tensors."""
from __future__ import annotations
from typing import Any
import numpy as np
from tinytorch.tensor import dtypes
from tinytorch.tensor.tensor import Tensor

def array_of(data: Any, dtype: Any = None) -> np.ndarray:
    if isinstance(data, Tensor): data = data.data
    a = np.array(data, dtype=dtype)
    if dtype is None and not isinstance(data, np.ndarray | np.generic) and a.dtype == np.float64: a = a.astype(np.float32)
    return a

def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    return Tensor(data, dtype, requires_grad)
