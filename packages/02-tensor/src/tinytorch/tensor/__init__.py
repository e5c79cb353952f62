"""TinyTorch 02."""

from tinytorch.tensor import creation, display, dtypes
from tinytorch.tensor.arithmetic import add, mul
from tinytorch.tensor.creation import tensor
from tinytorch.tensor.primitive import Primitive, primitive, primitives
from tinytorch.tensor.recording import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tinytorch.tensor.shape import cast, sum_to_size
from tinytorch.tensor.tensor import Tensor

__version__ = "0.1.0"
