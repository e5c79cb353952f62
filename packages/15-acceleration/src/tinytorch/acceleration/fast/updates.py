"""Optimisers' updates: of large parameters block by block, of whole matrices on several threads.

An update is a dozen passes over arrays as large as the parameter. Over a block that stays in the
cache they cost little more than one; and blocks are shared among the threads. What works on whole
parameters, as Muon does with its products of matrices, is shared by parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinytorch.acceleration.threads import ELEMENTS, workers
from tinytorch.acceleration.tiers import implementation
from tinytorch.optim.optimizer import Group, Optimizer, State, apply_updates

BLOCK = 2**17  # elements


@implementation("fast", apply_updates)
def fast_apply_updates(
    *arrays: np.ndarray, optimizer: Optimizer, states: Sequence[State], settings: Group
) -> None:
    """See `apply_updates`."""
    count = len(states)
    whole = [
        job
        for job in zip(arrays[:count], arrays[count:], states, strict=True)
        if not _in_blocks(*job, optimizer, settings)
    ]
    ends = np.cumsum([p.size for p, _, _ in whole])

    def part(start: int, stop: int) -> None:
        """Update the parameters that end there, were they all in one row."""
        first, last = np.searchsorted(ends, (start, stop))
        for p, g, state in whole[first:last]:
            optimizer.update(p, g, state, settings)

    if optimizer.separate and whole:
        workers.spread(part, int(ends[-1]) + 1, ELEMENTS)
    elif whole:  # many short calls: threads would do little but wait for each other
        part(0, int(ends[-1]) + 1)


def _in_blocks(
    p: np.ndarray, g: np.ndarray, state: State, optimizer: Optimizer, settings: Group
) -> bool:
    """Update a large parameter block by block, on several threads; or return False."""
    if p.size < 2 * BLOCK or not optimizer.elementwise:
        return False
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    alike = all(a.flags.c_contiguous and a.shape == p.shape for a in (p, g, *arrays.values()))
    remembered = {
        name for name, only_if in optimizer.state_names.items() if not only_if or settings[only_if]
    }
    begun = remembered <= state.keys()  # the first update makes the arrays, in the shape it sees
    if not (begun and alike):
        return False
    numbers = {name: value for name, value in state.items() if name not in arrays}
    whole, slope = p.reshape(-1), g.reshape(-1)
    flat = {name: array.reshape(-1) for name, array in arrays.items()}

    def block(at: slice) -> State:
        of_block = {**numbers, **{name: array[at] for name, array in flat.items()}}
        optimizer.update(whole[at], slope[at], of_block, settings)
        return of_block

    after = workers.blocks(block, p.size, BLOCK, BLOCK)[0]
    if unknown := after.keys() - state.keys():
        raise TypeError(
            f"{type(optimizer).__name__}: update remembers {', '.join(sorted(unknown))}, which "
            "state_names lacks"
        )
    state.update({name: after[name] for name in numbers})  # the number of the step
    return True
