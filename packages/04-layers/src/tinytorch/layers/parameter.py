"""Parameter: a tensor that a module learns."""

from __future__ import annotations

from typing import Any

from tinytorch.tensor import Tensor


class Parameter(Tensor):
    """A tensor that belongs to a module and is found by `parameters()`.

    Results computed from it are plain Tensors.

    Args:
        data: the tensor whose memory it takes over, without a copy; or what `Tensor` accepts.
        requires_grad: whether it is learned.

    Example:
        >>> from tinytorch.tensor import zeros
        >>> Parameter(zeros(2))
        Parameter containing:
        tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        self._array = data.data if isinstance(data, Tensor) else Tensor(data).data
        self.node = None
        self.requires_grad_(requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"

    def __reduce__(self) -> Any:
        return _restored, (self._array, self.requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        return _restored(self._array.copy(), self.requires_grad)  # without grad, as in PyTorch


def _restored(array: Any, requires_grad: bool) -> Parameter:
    return Parameter(Tensor.from_array(array), requires_grad)
