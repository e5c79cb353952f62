"""What a module is made of, by name: to save it, and to load it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinytorch.tensor import Tensor
from tinytorch.tensor.writes import writes

if TYPE_CHECKING:
    from tinytorch.layers.module import Module


class Mismatches(NamedTuple):
    """What did not fit when a state was loaded with `strict=False`.

    Attributes:
        missing_keys: of the module, not in the state.
        unexpected_keys: in the state, not of the module.
    """

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not any(self):
            return "<All keys matched successfully>"
        return f"Mismatches(missing_keys={self[0]}, unexpected_keys={self[1]})"


def state_dict(module: Module, prefix: str = "") -> dict[str, Tensor]:
    """All parameters and persistent buffers by their paths, on the module's own memory.

    A shared parameter stands under each of its paths, as in PyTorch.
    """
    return {
        f"{prefix}{path}.{name}" if path else f"{prefix}{name}": tensor.detach()
        for path, part in module._walk()
        for name, tensor in (
            *part._own_parameters(),
            *((name, buffer) for name, buffer in part._own_buffers() if part._buffers[name]),
        )
    }


def load_state_dict(module: Module, given: Mapping[str, Any], strict: bool = True) -> Mismatches:
    """Copy values into a module's parameters and buffers, in place; types are converted.

    Args:
        module: what is filled.
        given: tensors or arrays by path, as `state_dict` returns them.
        strict: whether every path must be there, and no other.

    Returns:
        the paths that were missing or not expected, for `strict=False`.

    Raises:
        TypeError: if the state is no dictionary.
        RuntimeError: that lists every mismatch at once; nothing has been changed then. Shapes must
            agree, strict or not.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"load_state_dict: got {type(given).__name__}, expected a dictionary")
    own = state_dict(module)
    missing = [name for name in own if name not in given]
    unexpected = [name for name in given if name not in own]
    arrays = {
        name: value.data if isinstance(value, Tensor) else np.asarray(value)
        for name, value in given.items()
        if name in own
    }
    faults = [f"missing: {name}, of shape {own[name].shape}" for name in missing] if strict else []
    faults += [f"unexpected: {name}" for name in unexpected] if strict else []
    faults += [
        f"{name}: has shape {array.shape}, expected {own[name].shape}"
        for name, array in arrays.items()
        if array.shape != own[name].shape
    ]
    faults += [
        f"{name}: has type {array.dtype}, which numbers of type {own[name].dtype} cannot be made of"
        for name, array in arrays.items()
        if array.dtype.kind not in "biuf"
    ]
    if faults:
        listed = "\n  ".join(faults)
        raise RuntimeError(
            f"load_state_dict: the state does not fit {type(module).__name__}:\n  {listed}"
        )
    for name, array in arrays.items():
        target = own[name].data
        np.copyto(target, array, casting="unsafe")
        writes.note(target)
    return Mismatches(missing, unexpected)
