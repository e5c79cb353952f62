"""Optimizer: what all of them share. An update rule is one method on arrays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar

import numpy as np

from tinytorch.tensor import Tensor, enable_grad, no_grad, primitive
from tinytorch.tensor.observing import emitting, observers
from tinytorch.tensor.writes import writable, writes

State = dict[str, Any]
Group = dict[str, Any]
Params = Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[Group]

# What a group may hold beside the settings: a schedule's starting rate, the parameters' names.
_BESIDE = {"params", "param_names", "initial_lr"}


@primitive(promotion="none", differentiable=False)
def apply_updates(
    *arrays: Any, optimizer: Optimizer, states: Sequence[State], settings: Group
) -> None:
    """Let an optimiser update parameters, in place.

    A primitive, so that another implementation can go about it in another way: module 15's goes
    through a large parameter block by block, or shares parameters among threads.

    Args:
        arrays: parameters, and then as many gradients.
        optimizer: whose `update` it is.
        states: what is remembered of each parameter.
        settings: their group.
    """
    count = len(states)
    for p, g, state in zip(arrays[:count], arrays[count:], states, strict=True):
        optimizer.update(p, g, state, settings)


class Optimizer:
    """The base of all optimisers.

    A subclass passes its settings' defaults on and defines `update`.

    Args:
        params: the tensors to update; or pairs of name and tensor, as `named_parameters` gives
            them; or dictionaries, each a group of either under `params` with settings of its own.
        defaults: the settings of groups that do not say otherwise.

    Attributes:
        param_groups: a dictionary for each group: `params`, and the settings.
        state: what the optimiser remembers of each tensor, arrays and numbers by name.
        elementwise: whether each element's update depends on nothing but its own gradient and
            state, so that `update` may be called for parts of a parameter, on several threads. A
            subclass that defines an `update` has to say so anew.
        separate: whether each parameter's update is long, and depends on nothing but its own
            gradient and state, so that `update` may be called for several at a time, on several
            threads. Here too a subclass has to say so anew.
        state_names: of a subclass whose `update` remembers: all names that it uses, each with the
            setting that has to be on for it to be there, or None if it always is.

    Raises:
        TypeError: for a single tensor, a set, what is no tensor, or a setting that is no number.
        ValueError: for no tensors, one that appears twice, one that is no leaf or holds integers,
            an unknown setting, or a setting out of its range.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> class Signs(Optimizer):
        ...     def update(self, p, g, state, settings):
        ...         p -= settings["lr"] * np.sign(g)
        >>> p = tensor([1.0, 1.0])
        >>> p.grad = tensor([0.001, -1000.0])
        >>> Signs([p], {"lr": 0.25}).step()
        >>> p
        tensor([0.7500, 1.2500])
    """

    elementwise: ClassVar[bool] = False
    separate: ClassVar[bool] = False
    state_names: ClassVar[Mapping[str, str | None]] = {}

    def __init_subclass__(cls) -> None:
        if "update" in vars(cls):  # what was true of the one before need not be of this one
            cls.elementwise = vars(cls).get("elementwise", False)
            cls.separate = vars(cls).get("separate", False)

    def __init__(self, params: Params, defaults: Group) -> None:
        name = type(self).__name__
        if isinstance(params, Tensor):
            raise TypeError(
                f"{name}: params is a single Tensor, expected an iterable of them: [tensor]"
            )
        self.defaults = defaults
        self.state: dict[Tensor, State] = {}
        self.param_groups: list[Group] = []
        self._scratch: dict[tuple[int, int, np.dtype[Any]], np.ndarray] = {}
        listed: list[Any] = _ordered(params, name)
        if not listed:
            raise ValueError(
                f"{name}: params is empty, expected tensors to update; if a generator has been "
                "gone through before, call model.parameters() anew"
            )
        for group in listed if isinstance(listed[0], dict) else [{"params": listed}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: Group) -> None:
        """Update further tensors, with settings of their own; nothing is added on an error."""
        name = type(self).__name__
        if not isinstance(param_group, dict):
            raise TypeError(f"{name}: a group is {type(param_group).__name__}, expected a dict")
        if "params" not in param_group:
            raise ValueError(
                f"{name}: a group has {', '.join(param_group)}, expected its tensors under params"
            )
        unknown = param_group.keys() - self.defaults.keys() - _BESIDE
        if unknown:
            raise ValueError(
                f"{name}: a group sets {', '.join(sorted(unknown))}, expected one of "
                f"{', '.join(self.defaults)}"
            )
        given = param_group["params"]
        items = [given] if isinstance(given, Tensor) else _ordered(given, name)
        named = [isinstance(item, tuple) and len(item) == 2 for item in items]
        if any(named) and not all(named):
            raise ValueError(f"{name}: params has names for some tensors, expected all or none")
        tensors = [item[1] for item in items] if any(named) else items
        settings = {**self.defaults, **param_group, "params": tensors}
        if any(named):
            settings["param_names"] = [item[0] for item in items]
        self._check_tensors(tensors)
        self.check(settings)
        self.param_groups.append(settings)

    def _check_tensors(self, tensors: list[Any]) -> None:
        name = type(self).__name__
        known = {id(p) for group in self.param_groups for p in group["params"]}
        for i, tensor in enumerate(tensors):
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"{name}: params[{i}] is {type(tensor).__name__}, expected a Tensor; "
                    "of a model pass model.parameters()"
                )
            if not tensor.is_leaf:
                raise ValueError(
                    f"{name}: params[{i}] is the result of a recorded operation, expected a leaf"
                )
            if tensor.dtype.kind != "f":
                raise ValueError(
                    f"{name}: params[{i}] has type {tensor.dtype}, expected floating point"
                )
            if id(tensor) in known:
                raise ValueError(f"{name}: params[{i}] appears twice, expected each tensor once")
            known.add(id(tensor))

    def check(self, settings: Group) -> None:
        """Raise TypeError or ValueError if a setting is wrong."""

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
        # A gradient may hold anything, infinity too: what comes of it is computed without warnings.
        with no_grad(), np.errstate(all="ignore"):
            for group in self.param_groups:
                pairs = [(p, p.grad) for p in group["params"] if p.grad is not None]
                if not observers:
                    self._update_all(pairs, group)
                    continue
                settings = {key: group[key] for key in self.defaults}
                for pair in pairs:
                    name = type(self).__name__
                    with emitting(name, "update", self, pair, settings) as event:
                        self._update_all([pair], group)
                        event.result = pair[0]
        return loss

    def _update_all(self, pairs: list[tuple[Tensor, Tensor]], group: Group) -> None:
        """Update parameters of a group by their gradients."""
        name = type(self).__name__
        arrays = [writable(parameter, name) for parameter, _ in pairs]
        gradients = [gradient.data for _, gradient in pairs]
        states = [self.state.setdefault(parameter, {}) for parameter, _ in pairs]
        try:
            apply_updates(*arrays, *gradients, optimizer=self, states=states, settings=group)
        finally:  # an update that fails may have written
            for array in arrays:
                writes.note(array)

    def scratch(self, like: np.ndarray, number: int = 0) -> np.ndarray:
        """Memory of the shape of `like` to compute in; it is a thread's own, and the same for every
        parameter.

        Args:
            like: an array of the wanted shape and type.
            number: which, for an update that needs several.
        """
        key = (threading.get_ident(), number, like.dtype)
        buffer = self._scratch.get(key)
        if buffer is None or buffer.size < like.size:
            buffer = self._scratch[key] = np.empty(like.size, like.dtype)
        return buffer[: like.size].reshape(like.shape)

    def downhill(
        self, p: np.ndarray, g: np.ndarray, maximize: bool, weight_decay: float
    ) -> np.ndarray:
        """The gradient to descend: turned around for `maximize`, and weight decay added to it.

        It is `g` itself where there is nothing to do, else scratch memory 1; 0 may be overwritten.
        """
        if maximize:
            g = np.negative(g, out=self.scratch(p, 1))
        if weight_decay:
            pull = np.multiply(p, weight_decay, out=self.scratch(p))
            g = np.add(g, pull, out=self.scratch(p, 1))
        return g

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients; with `set_to_none=False`, fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if set_to_none:
                    parameter.grad = None
                elif parameter.grad is not None:
                    parameter.grad.detach_().zero_()

    def state_dict(self) -> dict[str, Any]:
        """State and settings as PyTorch arranges them: `state` and `param_groups`.

        In both a parameter is a number, its position over all groups. Arrays of the state are
        Tensors on the optimiser's own memory.
        """
        order = [p for group in self.param_groups for p in group["params"]]
        place = {id(p): i for i, p in enumerate(order)}
        state = {
            i: {
                name: Tensor.from_array(value) if isinstance(value, np.ndarray) else value
                for name, value in self.state[p].items()
            }
            for i, p in enumerate(order)
            if self.state.get(p)
        }
        groups = [
            {**group, "params": [place[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what `state_dict` returned: settings, and copies of all arrays.

        Arrays may be of any kind that NumPy can read, and get their parameter's type.

        Raises:
            ValueError: that lists every mismatch at once; nothing has been changed then.
        """
        given = state_dict["param_groups"]
        faults = [*self._misfits(given)]
        numbers = [(number, group) for group in given for number in group["params"]]
        owns = chain.from_iterable(group["params"] for group in self.param_groups)
        parameters: dict[int, Tensor] = {}
        settings: dict[int, Group] = {}
        for (number, group), parameter in zip(numbers, owns, strict=False):
            parameters[number], settings[number] = parameter, group
        for number, remembered in state_dict["state"].items():
            if number not in parameters:
                faults.append(f"there is state of parameter {number}, which no group holds")
                continue
            misfits = self._state_misfits(remembered, parameters[number].shape, settings[number])
            faults += [f"parameter {number}: {misfit}" for misfit in misfits]
        if faults:
            listed = "\n  ".join(faults)
            raise ValueError(
                f"load_state_dict: the state does not fit this {type(self).__name__}:\n  {listed}"
            )
        for ours, theirs in zip(self.param_groups, given, strict=True):
            ours.pop("initial_lr", None)  # there is none if the other run had no schedule
            ours.update({name: value for name, value in theirs.items() if name != "params"})
        self.state = {
            parameters[number]: {
                name: int(value) if name == "step" else _copy(value, parameters[number].dtype)
                for name, value in remembered.items()
            }
            for number, remembered in state_dict["state"].items()
        }

    def _misfits(self, given: list[Group]) -> Iterable[str]:
        """What keeps the groups of a `state_dict` from being ours."""
        if len(given) != len(self.param_groups):
            yield f"it has {len(given)} groups, expected {len(self.param_groups)}"
        for i, (ours, theirs) in enumerate(zip(self.param_groups, given, strict=False)):
            has, expected = len(theirs["params"]), len(ours["params"])
            if has != expected:
                yield f"group {i} has {has} parameters, expected {expected}"
            missing = self.defaults.keys() - theirs.keys()
            unknown = theirs.keys() - self.defaults.keys() - _BESIDE
            if missing:
                yield f"group {i} lacks {', '.join(sorted(missing))}"
            if unknown:
                yield f"group {i} sets {', '.join(sorted(unknown))}, which is unknown here"
            if not missing:
                try:
                    self.check({**theirs, "params": ours["params"]})
                except (TypeError, ValueError) as wrong:
                    yield f"group {i}: {wrong}"

    def _state_misfits(
        self, remembered: State, expected: tuple[int, ...], settings: Group
    ) -> Iterable[str]:
        """What keeps the state of one parameter, if it has any, from being ours."""
        for name, value in remembered.items():
            shape, wanted = np.asarray(value).shape, () if name == "step" else expected
            if name not in self.state_names:
                yield f"{name} is unknown here"
            elif shape != wanted:
                yield f"{name} has shape {shape}, expected {wanted}"
        for name, setting in self.state_names.items():
            needed = setting is None or settings.get(setting)
            if remembered and needed and name not in remembered:
                yield f"{name} is missing"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_scratch": {}}

    def __repr__(self) -> str:
        lines = [type(self).__name__ + " ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"  group {i}: {len(group['params'])} tensors")
            lines += [
                f"    {name}: {value}"
                for name, value in group.items()
                if name not in ("params", "param_names")
            ]
        return "\n".join([*lines, ")"])


def remembered(state: State, name: str, like: np.ndarray) -> np.ndarray:
    """The array that a state has under this name; zeros of the shape of `like` at first."""
    array: np.ndarray | None = state.get(name)
    if array is None:
        array = state[name] = np.zeros_like(like)
    return array


def _ordered(params: Iterable[Any], optimizer: str) -> list[Any]:
    """The items of `params`, gone through once."""
    if isinstance(params, set | frozenset):
        raise TypeError(
            f"{optimizer}: params is a set, whose order changes from run to run, expected a list"
        )
    if not isinstance(params, Iterable):
        raise TypeError(
            f"{optimizer}: params is {type(params).__name__}, expected an iterable of Tensors; "
            "of a model pass model.parameters()"
        )
    return list(params)


def _copy(value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """A new array of this type from whatever NumPy can read."""
    return np.asarray(value).astype(dtype)
