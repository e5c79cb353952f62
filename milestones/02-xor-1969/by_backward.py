"""XOR once more: `by_hand.py`, with its gradients by `backward()`.

It first proves that both find the same gradients, then solves XOR from the same seeds.
"""

from by_hand import INPUTS, RUNS, STEPS, TARGETS, gradients_by_hand, solve

import tinytorch.autograd
from tinytorch.layers import Linear, Sequential, Tanh
from tinytorch.losses import binary_cross_entropy_with_logits
from tinytorch.setup import manual_seed, record
from tinytorch.tensor import allclose


def gradients_by_backward(model):
    """The same gradients: these two lines are all there is to write."""
    model.zero_grad()
    binary_cross_entropy_with_logits(model(INPUTS), TARGETS).backward()


def agree(seed):
    """Whether both ways find the same gradients."""
    manual_seed(seed)
    model = Sequential(Linear(2, 4), Tanh(), Linear(4, 1))
    found = []
    for gradients in (gradients_by_hand, gradients_by_backward):
        with tinytorch.autograd.set_grad_enabled(gradients is gradients_by_backward):
            gradients(model)
        found.append([parameter.grad for parameter in model.parameters()])
    return all(allclose(*pair) for pair in zip(*found, strict=True))


def main():
    equal = all(agree(seed) for seed in range(20))
    print(f"gradients by hand and by backward() are {'the same' if equal else 'DIFFERENT'}")
    steps = [solve(seed, gradients_by_backward)[0] for seed in range(20)]
    solved = sum(step is not None for step in steps)
    print(f"solved for {solved} of 20 seeds   (target: 20 within {STEPS} steps)")
    record(RUNS / "by_backward.json", seed=list(range(20)), steps=steps, gradients_agree=equal)
    if not equal or solved < 20:
        raise SystemExit("the target was missed")


if __name__ == "__main__":
    main()
