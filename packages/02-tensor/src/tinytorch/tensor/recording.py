"""Seam 1: where gradients are recorded, though nothing here can differentiate.

A tensor that takes part in a recorded computation has a *node*: `Leaf` for a tensor that a person
made and asked gradients for, a node of the recorder's own for a result. Nodes are made by the
recorder, which module 07 installs; without one, operations simply compute.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import threading
import weakref
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np

    from tinytorch.tensor.primitive import Implementation
    from tinytorch.tensor.tensor import Tensor


P = ParamSpec("P")
R = TypeVar("R")


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


class _Switch:
    """Recording switched for a `with` block, or while a function that is decorated runs."""

    enabled: bool

    def __init__(self) -> None:
        self._before: list[bool] = []  # a switch may be entered again inside itself

    def __enter__(self) -> None:
        self._before.append(mode.enabled)
        mode.enabled = self.enabled

    def __exit__(self, *_: object) -> None:
        mode.enabled = self._before.pop()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, decorated."""
        return _switching(function, self.enabled)


def _switching(function: Callable[P, R], enabled: bool) -> Callable[P, R]:
    """The function, run with recording switched; a generator, each of its steps."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with set_grad_enabled(enabled):
            return function(*args, **kwargs)

    @functools.wraps(function)
    def generate(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, None, Any]:
        iterator: Any = function(*args, **kwargs)
        while True:
            with set_grad_enabled(enabled):
                try:
                    item = next(iterator)
                except StopIteration as stop:
                    return stop.value
            yield item

    return generate if inspect.isgeneratorfunction(function) else run  # type: ignore[return-value]


class no_grad(_Switch):  # noqa: N801  PyTorch's name
    """Record nothing in this thread inside the block, or inside the function that it decorates.

    Example:
        >>> @no_grad()
        ... def evaluate():
        ...     return is_grad_enabled()
        >>> evaluate()
        False
    """

    enabled = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """A switch; or, as a decorator without parentheses, the decorated function."""
        return super().__new__(cls) if function is None else _switching(function, cls.enabled)


class enable_grad(no_grad):  # noqa: N801  PyTorch's name
    """Record inside the block, though it stands within `no_grad`.

    Example:
        >>> with no_grad(), enable_grad():
        ...     is_grad_enabled()
        True
    """

    enabled = True


class set_grad_enabled(_Switch):  # noqa: N801  PyTorch's name
    """Switch recording in this thread on or off, at once; in a `with` statement, for the block.

    Args:
        enabled: whether operations are recorded.

    Raises:
        TypeError: if that is no bool.

    Example:
        >>> with set_grad_enabled(False):
        ...     is_grad_enabled()
        False
    """

    def __init__(self, enabled: bool) -> None:
        if not isinstance(enabled, bool):
            raise TypeError(
                f"set_grad_enabled: enabled is {type(enabled).__name__}, expected a bool"
            )
        super().__init__()
        self.enabled = enabled
        self._first = mode.enabled
        mode.enabled = enabled

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        mode.enabled = self._first  # what it was before the switch was made

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, decorated; the present mode is put back."""
        mode.enabled = self._first
        return super().__call__(function)


_keys = itertools.count()


class HookHandle:
    """A hook among `hooks`, which are called in the order they came; `remove()` takes it off.

    Args:
        hooks: where it is put, under a key that no other hook has.
        hook: the function.
    """

    __slots__ = ("_hooks", "_key")

    def __init__(self, hooks: dict[int, Any], hook: Callable[..., Any]) -> None:
        self._hooks = hooks
        self._key = next(_keys)
        hooks[self._key] = hook

    def remove(self) -> None:
        """Take the hook off; a second time does nothing."""
        self._hooks.pop(self._key, None)
