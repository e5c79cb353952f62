"""Tensor: an array that can flow through primitives and be part of a recorded computation.

What is here belongs to the object itself: its array, its place in a graph, what Python makes of it.
What can be computed from it stands in `methods/`, as methods, and in the files that they name, as
functions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import tinytorch.tensor as tt
from tinytorch.tensor import dtypes
from tinytorch.tensor.methods import Methods
from tinytorch.tensor.recording import Leaf, required_recorder


class Tensor(Methods):
    """An n-dimensional array of one number type, as in PyTorch.

    Args:
        data: numbers, nested lists of numbers, an array, or another tensor; they are copied.
        dtype: the type of the elements; by default that of the data, float32 for Python floats.
        requires_grad: whether operations on it are recorded, for `backward`.

    Example:
        >>> Tensor([[1, 2], [3, 4]]) * 0.5
        tensor([[0.5000, 1.0000],
                [1.5000, 2.0000]])
    """

    # `_grad` is unset until there is a gradient: a result is made with two assignments.
    __slots__ = ("__weakref__", "_array", "_grad", "node")

    _array: np.ndarray
    _grad: Tensor | None
    node: Any

    def __init__(
        self, data: Any, dtype: dtypes.DTypeLike | None = None, requires_grad: bool = False
    ) -> None:
        self._array = tt.from_data.array_of(data, dtype)
        self.node = None
        if requires_grad:
            self.requires_grad_()

    @classmethod
    def from_array(cls, array: np.ndarray, node: Any = None) -> Tensor:
        """A Tensor around an array itself, unchecked: no copy is made."""
        tensor: Tensor = object.__new__(Tensor)
        tensor._array = array
        tensor.node = node
        return tensor

    @property
    def data(self) -> np.ndarray:
        """The array itself, where PyTorch gives a tensor; an array or a Tensor can be assigned.

        What is written into it, the backward pass does not notice.
        """
        return self._array

    @data.setter
    def data(self, data: np.ndarray | Tensor) -> None:
        array = data._array if isinstance(data, Tensor) else data
        if not isinstance(array, np.ndarray):
            raise TypeError(f"data: expected a Tensor or a NumPy array, got {type(array).__name__}")
        self._array = tt.from_data.canonical("data", array)
        if isinstance(self.node, Leaf):
            self.node.describe(self._array)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        return self._array.shape

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._array.dtype

    @property
    def device(self) -> str:
        """Where the elements are: always `cpu`."""
        return "cpu"

    # --- gradients: the recorder's work, see recording.py

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it are recorded; it can be set on a leaf."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self.requires_grad_(requires_grad)

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have added up; None before the first."""
        try:
            return self._grad
        except AttributeError:
            return None

    @grad.setter
    def grad(self, gradient: Tensor | None) -> None:
        if gradient is not None:
            if not isinstance(gradient, Tensor):
                raise TypeError(f"grad: expected a Tensor or None, got {type(gradient).__name__}")
            if gradient.shape != self.shape or gradient.dtype != self.dtype:
                raise ValueError(
                    f"grad: has shape {gradient.shape} and type {gradient.dtype}, "
                    f"expected {self.shape} and {self.dtype} as its tensor"
                )
        self._grad = gradient

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.node is None or isinstance(self.node, Leaf)

    @property
    def grad_fn(self) -> Any:
        """The node of the recorded operation that made it, or None."""
        return None if self.is_leaf else self.node

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Start, or stop, recording operations on this leaf; returns it.

        Raises:
            TypeError: for anything but True and False.
            RuntimeError: for integers, and to stop recording on a result: detach it instead.
        """
        if not isinstance(requires_grad, bool):
            raise TypeError(f"requires_grad_: got {requires_grad!r}, expected True or False")
        if requires_grad and self.node is None:
            if self.dtype.kind != "f":
                raise RuntimeError(
                    f"requires_grad_: the type is {self.dtype}, only floating point has gradients"
                )
            self.node = Leaf(self)
        elif not requires_grad:
            if not self.is_leaf:
                raise RuntimeError("requires_grad_: a result of a recorded operation; use detach()")
            self.node = None
        return self

    def detach(self) -> Tensor:
        """A Tensor on the same memory that is no part of the graph."""
        return Tensor.from_array(self._array)

    def detach_(self) -> Tensor:
        """Take this tensor out of its graph: it becomes a leaf; returns it."""
        self.node = None
        return self

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Add the gradient of this tensor to the `grad` of each leaf that it was computed from.

        Args:
            gradient: of this tensor, of its shape; 1 by default, for a single number.
            retain_graph: keep the graph for a further pass; by default, `create_graph`. Without it
                a second pass is an error, also through operations that saved nothing.
            create_graph: record the pass itself, for derivatives of higher order.
            inputs: the tensors to compute gradients for, instead of all leaves.

        Raises:
            RuntimeError: if nothing was recorded, or no recorder is installed (tinytorch-autograd).
        """
        required_recorder("backward").backward(
            self,
            gradient,
            retain_graph=retain_graph,
            create_graph=create_graph,
            inputs=[inputs] if isinstance(inputs, Tensor) else inputs,
        )

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Call `hook` with this tensor's gradient in each pass; what it returns replaces it.

        A hook that returns None leaves the gradient as it is.

        Returns:
            a handle whose `remove()` takes the hook off.
        """
        return required_recorder("register_hook").register_hook(self, hook)

    def retain_grad(self) -> None:
        """Have backward passes set `grad` though this tensor is no leaf."""
        required_recorder("retain_grad").retain_grad(self)

    # --- conversions

    def numpy(self) -> np.ndarray:
        """The array itself, on the same memory.

        Raises:
            RuntimeError: if it requires a gradient, which would be lost: use `detach().numpy()`.
        """
        if self.node is not None:
            raise RuntimeError("numpy: the tensor requires a gradient; use tensor.detach().numpy()")
        return self._array

    def item(self) -> bool | int | float:
        """The single element, as a Python number.

        Raises:
            RuntimeError: if there are more elements, or none.
        """
        if self._array.size != 1:
            raise RuntimeError(f"item: the tensor has {self._array.size} elements, expected one")
        return self._array.item()  # type: ignore[no-any-return]

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers; a single number for a 0-d tensor."""
        return self._array.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.node is not None:
            raise RuntimeError(
                "__array__: the tensor requires a gradient, which NumPy would lose; "
                "use tensor.detach()"
            )
        return np.array(self._array, dtype=dtype, copy=copy)

    def __dlpack__(self, **options: Any) -> Any:
        if self.node is not None:
            raise RuntimeError("__dlpack__: the tensor requires a gradient; use tensor.detach()")
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return self._array.__dlpack_device__()

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "pickle, deepcopy: the tensor is the result of a recorded operation; "
                "use tensor.detach()"
            )
        return Tensor, (self._array, self.dtype, self.requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        make, values = self.__reduce__()
        copied: Tensor = make(*copy.deepcopy(values, memo))
        copied._grad = copy.deepcopy(self.grad, memo)
        return copied

    def __bool__(self) -> bool:
        if self._array.size != 1:
            raise RuntimeError(
                f"bool: the tensor has {self._array.size} elements, neither true nor false as one; "
                "use .any() or .all()"
            )
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iub" or self._array.size != 1:
            raise TypeError(
                f"index: expected a single integer, got {self.dtype} of shape {self.shape}"
            )
        return int(self._array.item())

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len: a 0-d tensor has no length")
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        if not self._array.ndim:
            raise TypeError("iter: a 0-d tensor has no elements to go over; use .item()")
        return iter(tt.unbind(self))

    def __contains__(self, element: Any) -> bool:
        return bool(
            (self._array == (element._array if isinstance(element, Tensor) else element)).any()
        )

    def __repr__(self) -> str:
        return tt.display.text_of(self)

    def __format__(self, spec: str) -> str:
        return (
            format(self.item(), spec) if spec and not self._array.ndim else format(str(self), spec)
        )
