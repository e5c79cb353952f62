"""Optimisers' updates, a block of a parameter after the other.

An update is a dozen passes over arrays as large as the parameter. Over a block that stays in the
cache they cost little more than one; and blocks are shared among the threads.
"""

from __future__ import annotations

import numpy as np

from tinytorch.acceleration.threads import workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.optim.optimizer import Group, Optimizer, State, apply_update

BLOCK = 2**17  # elements


@implementation("fast", apply_update)
def fast_apply_update(
    p: np.ndarray, g: np.ndarray, *, optimizer: Optimizer, state: State, settings: Group
) -> np.ndarray:
    """See `apply_update`."""
    if p.size < 2 * BLOCK or not optimizer.elementwise:
        optimizer.update(p, g, state, settings)
        return p
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    alike = all(a.flags.c_contiguous and a.shape == p.shape for a in (p, g, *arrays.values()))
    remembered = {
        name for name, only_if in optimizer.state_names.items() if not only_if or settings[only_if]
    }
    begun = remembered <= state.keys()  # the first update makes the arrays, in the shape it sees
    if not (begun and alike):
        optimizer.update(p, g, state, settings)
        return p
    numbers = {name: value for name, value in state.items() if name not in arrays}
    whole, slope = p.reshape(-1), g.reshape(-1)
    flat = {name: array.reshape(-1) for name, array in arrays.items()}

    def part(start: int, stop: int) -> State:
        of_block: State = {}
        with np.errstate(all="ignore"):
            for first in range(start, stop, BLOCK):
                at = slice(first, min(first + BLOCK, stop))
                of_block = {**numbers, **{name: array[at] for name, array in flat.items()}}
                optimizer.update(whole[at], slope[at], of_block, settings)
        return of_block

    after = workers.spread(part, p.size, BLOCK)[0]
    state.update({name: after[name] for name in numbers})  # the number of the step
    return p
