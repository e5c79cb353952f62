"""What can be computed from a Tensor, as methods: each is its function with the tensor in front.

The functions say what they compute; the methods only forward to them. The table of contents:

- `operators.py`: what `+`, `@`, `<`, `[]` … mean
- `elementwise.py`: element by element
- `reductions.py`: sums, extremes, order
- `shaping.py`: other shapes, other selections of elements
- `conversions.py`: other types, copies, properties of the memory
- `inplace.py`: what writes into the tensor itself
- `numpy_calls.py`: what NumPy's functions and arrays do with it
"""

from types import FunctionType

from tinytorch.tensor.methods.conversions import Conversions
from tinytorch.tensor.methods.elementwise import Elementwise
from tinytorch.tensor.methods.inplace import InPlace
from tinytorch.tensor.methods.numpy_calls import NumpyCalls
from tinytorch.tensor.methods.operators import Operators
from tinytorch.tensor.methods.reductions import Reductions
from tinytorch.tensor.methods.shaping import Shaping


class Methods(Operators, Elementwise, Reductions, Shaping, Conversions, InPlace, NumpyCalls):
    """The functions of `tinytorch.tensor` as methods; `Tensor` inherits them."""

    __slots__ = ()


for _part in Methods.__bases__:
    for _method in vars(_part).values():
        if isinstance(_method, FunctionType):  # Python's errors shall name it as it is called
            _method.__qualname__ = f"Tensor.{_method.__name__}"
