"""Optimizer: what all of them share. An update rule is one method on arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tinytorch.tensor import Tensor, enable_grad, no_grad
from tinytorch.tensor.observing import emitting, observers
from tinytorch.tensor.writes import writable, writes

State = dict[str, Any]
Group = dict[str, Any]
Params = Iterable[Tensor] | Iterable[Group] | Iterable[tuple[str, Tensor]]


class Optimizer:
    """The base of all optimisers.

    A subclass passes its settings' defaults on and defines `update`.

    Args:
        params: the tensors to update; or dictionaries, each a group of tensors under `params` with
            settings of its own; or pairs of name and tensor.
        defaults: the settings of groups that do not say otherwise.

    Attributes:
        param_groups: a dictionary for each group: `params`, and the settings.
        state: what the optimiser remembers of each tensor, arrays and numbers by name.

    Raises:
        TypeError: for a single tensor, or for what is no tensor.
        ValueError: for no tensors, one that is in two groups, one that is no leaf, an unknown
            setting, or a setting out of its range.
    """

    def __init__(self, params: Params, defaults: Group) -> None:
        if isinstance(params, Tensor):
            raise TypeError("params: got a single tensor, expected an iterable of them: [tensor]")
        self.defaults = defaults
        self.state: dict[Tensor, State] = {}
        self.param_groups: list[Group] = []
        self._scratch: dict[tuple[int, np.dtype[Any]], np.ndarray] = {}
        listed: list[Any] = list(params)
        if not listed:
            raise ValueError(f"{type(self).__name__}: params is empty, expected tensors to update")
        for group in listed if isinstance(listed[0], dict) else [{"params": listed}]:
            self.add_param_group(group)

    def add_param_group(self, group: Group) -> None:
        """Update further tensors, with settings of their own."""
        name = type(self).__name__
        if "params" not in group:
            raise ValueError(
                f"{name}: a group needs its tensors under 'params', got {sorted(group)}"
            )
        given = group["params"]
        tensors = [given] if isinstance(given, Tensor) else [_unnamed(item) for item in given]
        known = {id(p) for other in self.param_groups for p in other["params"]}
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"{name}: params[{i}] is {type(tensor).__name__}, expected a Tensor"
                )
            if not tensor.is_leaf:
                raise ValueError(
                    f"{name}: params[{i}] is the result of an operation, expected a leaf"
                )
            if id(tensor) in known:
                raise ValueError(f"{name}: params[{i}] appears more than once")
            known.add(id(tensor))
        unknown = group.keys() - self.defaults.keys() - {"params", "initial_lr"}
        if unknown:
            raise ValueError(
                f"{name}: unknown setting {', '.join(sorted(unknown))}; "
                f"it has {', '.join(self.defaults)}"
            )
        settings = {**self.defaults, **group, "params": tensors}
        self.check(settings)
        self.param_groups.append(settings)

    def check(self, settings: Group) -> None:
        """Raise ValueError if a setting is out of its range."""

    def update(self, p: np.ndarray, g: np.ndarray, state: State, settings: Group) -> None:
        """Change the array `p` of a parameter in place; its gradient `g` stays as it is."""
        raise NotImplementedError(f"{type(self).__name__}: defines no update")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        Args:
            closure: computes the loss anew and returns it; called first, with recording on.

        Returns:
            what the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self._step_one(parameter, group)
        return loss

    def _step_one(self, parameter: Tensor, group: Group) -> None:
        p = writable(parameter, type(self).__name__)
        g = parameter.grad.data  # type: ignore[union-attr]
        state = self.state.setdefault(parameter, {})
        if not observers:
            self.update(p, g, state, group)
        else:
            settings = {name: value for name, value in group.items() if name != "params"}
            args = (parameter, parameter.grad)
            with emitting(type(self).__name__, "update", self, args, settings) as event:
                self.update(p, g, state, group)
                event.result = parameter
        writes.note(p)

    def scratch(self, like: np.ndarray, number: int = 0) -> np.ndarray:
        """Memory of the shape of `like` to compute in; it is the same for every parameter.

        Args:
            like: an array of the wanted shape and type.
            number: which, for an update that needs several.
        """
        key = (number, like.dtype)
        buffer = self._scratch.get(key)
        if buffer is None or buffer.size < like.size:
            buffer = self._scratch[key] = np.empty(like.size, like.dtype)
        return buffer[: like.size].reshape(like.shape)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients; with `set_to_none=False`, fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none or parameter.grad is None:
                    parameter.grad = None
                else:
                    parameter.grad.detach_().zero_()

    def state_dict(self) -> dict[str, Any]:
        """State and settings as PyTorch arranges them: parameters by their position over all
        groups.

        Arrays of the state are Tensors on the optimiser's own memory.
        """
        order = [p for group in self.param_groups for p in group["params"]]
        place = {id(p): i for i, p in enumerate(order)}
        state = {
            place[id(p)]: {
                name: Tensor.from_array(value) if isinstance(value, np.ndarray) else value
                for name, value in remembered.items()
            }
            for p, remembered in self.state.items()
        }
        groups = [
            {**group, "params": [place[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": dict(sorted(state.items())), "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over state and settings that `state_dict` returned; arrays are copied.

        Raises:
            ValueError: that lists every mismatch at once; nothing has been changed then.
        """
        own, given = self.param_groups, state_dict["param_groups"]
        faults = []
        if len(own) != len(given):
            faults.append(f"has {len(given)} groups, expected {len(own)}")
        for i, (ours, theirs) in enumerate(zip(own, given, strict=False)):
            if len(ours["params"]) != len(theirs["params"]):
                faults.append(
                    f"group {i} has {len(theirs['params'])} parameters, expected {len(ours['params'])}"
                )
            missing = ours.keys() - theirs.keys() - {"initial_lr"}
            if missing:
                faults.append(f"group {i} lacks {', '.join(sorted(missing))}")
        order = [p for group in own for p in group["params"]]
        loaded: dict[Tensor, State] = {}
        for place, remembered in state_dict["state"].items():
            if place >= len(order):
                faults.append(f"has state for parameter {place}, there are {len(order)}")
                continue
            parameter = order[place]
            loaded[parameter] = {name: _copied(value) for name, value in remembered.items()}
            for name, value in loaded[parameter].items():
                if isinstance(value, np.ndarray) and value.ndim and value.shape != parameter.shape:
                    faults.append(
                        f"parameter {place}: {name} has shape {value.shape}, "
                        f"expected {parameter.shape}"
                    )
        if faults:
            listed = "\n  ".join(faults)
            raise ValueError(f"load_state_dict: it does not fit {type(self).__name__}:\n  {listed}")
        for ours, theirs in zip(own, given, strict=True):
            ours.update({name: value for name, value in theirs.items() if name != "params"})
        self.state = loaded

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"  group {i}: {len(group['params'])} tensors")
            lines += [f"    {name}: {value}" for name, value in group.items() if name != "params"]
        return "\n".join([*lines, ")"])


def at_least_zero(settings: Group, optimizer: str, *names: str) -> None:
    """Raise ValueError, naming it, if one of these settings is negative or NaN."""
    for name in names:
        if not settings[name] >= 0:
            raise ValueError(f"{optimizer}: {name} is {settings[name]}, expected at least 0")


def fractions(settings: Group, optimizer: str, *names: str) -> None:
    """Raise ValueError, naming it, if one of these settings, or a part of it, is not in [0, 1)."""
    for name in names:
        if not all(0 <= part < 1 for part in np.atleast_1d(settings[name])):
            raise ValueError(f"{optimizer}: {name} is {settings[name]}, expected from 0 to below 1")


def _unnamed(item: Any) -> Any:
    return item[1] if isinstance(item, tuple) and len(item) == 2 else item


def _copied(value: Any) -> Any:
    return value.data.copy() if isinstance(value, Tensor) else value
