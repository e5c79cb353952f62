"""Seam 1: where gradients are recorded, though nothing here can differentiate.

A tensor that takes part in a recorded computation has a *node*: `Leaf` for a tensor that a person
made and asked gradients for, a node of the recorder's own for a result. Nodes are made by the
recorder, which module 07 installs; without one, operations simply compute.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

    from tinytorch.tensor.primitive import Implementation
    from tinytorch.tensor.tensor import Tensor


class Leaf:
    """The start of a graph: a tensor with `requires_grad=True` that no operation made.

    It knows its tensor by a weak reference only, so a graph and its leaves form no cycle.
    """

    __slots__ = ("dtype", "hooks", "number", "shape", "tensor")

    def __init__(self, tensor: Tensor) -> None:
        self.number = 0
        self.tensor = weakref.ref(tensor)
        self.hooks: dict[int, Callable[[Tensor], Tensor | None]] | None = None
        self.describe(tensor._array)

    def describe(self, array: np.ndarray) -> None:
        """Note the shape and type that gradients shall have."""
        self.shape = array.shape
        self.dtype = array.dtype


class Recorder(Protocol):
    """What module 07 brings: it makes the nodes and walks them backward."""

    def unary(self, implementation: Implementation, parent: Any, x: Any, out: Any) -> Any:
        """The node of a call with one input and no settings."""

    def binary(
        self, implementation: Implementation, first: Any, second: Any, x: Any, y: Any, out: Any
    ) -> Any:
        """The node of a call with two inputs and no settings."""

    def general(
        self,
        implementation: Implementation,
        parents: Sequence[Any],
        arrays: Sequence[Any],
        settings: dict[str, Any],
        out: Any,
        saved: Any,
    ) -> Any:
        """The node of any call; for a tuple of results, a tuple with one for each."""

    def backward(
        self,
        tensor: Tensor,
        gradient: Tensor | None,
        *,
        retain_graph: bool | None,
        create_graph: bool,
        inputs: Sequence[Tensor] | None,
    ) -> None:
        """Add d tensor / d leaf to each leaf's `grad`."""

    def register_hook(self, tensor: Tensor, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Have `hook` see, and perhaps replace, the gradient of `tensor`."""

    def retain_grad(self, tensor: Tensor) -> None:
        """Keep the gradient of a tensor that is no leaf in its `grad`."""


class _Installed:
    """The place that holds the recorder; `None` until `tinytorch.autograd` is imported."""

    __slots__ = ("recorder",)

    def __init__(self) -> None:
        self.recorder: Recorder | None = None


class _Mode(threading.local):
    enabled = True


installed = _Installed()
mode = _Mode()


def install_recorder(recorder: Recorder) -> None:
    """Have `recorder` record from now on. There is one for the whole process."""
    installed.recorder = recorder


def required_recorder(operation: str) -> Recorder:
    """The recorder, or the error that tells how to get one."""
    if installed.recorder is None:
        raise RuntimeError(
            f"{operation}: nothing records gradients; install tinytorch-autograd, "
            "then import tinytorch.autograd before the forward pass"
        )
    return installed.recorder


def is_grad_enabled() -> bool:
    """Whether operations of this thread are recorded.

    Example:
        >>> is_grad_enabled()
        True
    """
    return mode.enabled


class set_grad_enabled:  # noqa: N801  PyTorch's name
    """Switch recording in this thread on or off, at once; in a `with` statement, for the block.

    Args:
        enabled: whether operations are recorded.

    Example:
        >>> with set_grad_enabled(False):
        ...     is_grad_enabled()
        False
    """

    def __init__(self, enabled: bool) -> None:
        self.before = mode.enabled
        mode.enabled = enabled

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        mode.enabled = self.before


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing in this thread inside the block, or inside the function that it decorates.

    Example:
        >>> @no_grad()
        ... def evaluate():
        ...     return is_grad_enabled()
        >>> evaluate()
        False
    """
    with set_grad_enabled(False):
        yield


@contextlib.contextmanager
def enable_grad() -> Iterator[None]:
    """Record inside the block, though it stands within `no_grad`.

    Example:
        >>> with no_grad(), enable_grad():
        ...     is_grad_enabled()
        True
    """
    with set_grad_enabled(True):
        yield
