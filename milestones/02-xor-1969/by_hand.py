# /// script
# dependencies = [
#     "tinytorch-setup", "tinytorch-tensor", "tinytorch-activations", "tinytorch-layers",
#     "tinytorch-losses", "tinytorch-optim", "matplotlib>=3.9",
# ]
# ///
"""1969: what no perceptron can learn, and what it takes: a hidden layer.

Marvin Minsky and Seymour Papert showed that no plane separates the two cases of XOR. Four hidden
units can. Their gradients are written out here by hand, with modules 01 to 06 and nothing else; so
many lines, for so small a network, are the reason for module 07. `by_backward.py` is the same
without them.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from tinytorch.activations import sigmoid
from tinytorch.layers import Linear, Sequential, Tanh
from tinytorch.losses import binary_cross_entropy_with_logits
from tinytorch.optim import Adam
from tinytorch.setup import manual_seed, record
from tinytorch.tensor import linspace, meshgrid, stack, tensor

INPUTS = tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = tensor([[0.0], [1.0], [1.0], [0.0]])
STEPS = 5000
RUNS = Path("runs/02-xor")


def gradients_by_hand(model):
    """The gradient of each parameter, by the chain rule from the loss back to the first layer."""
    first, tanh, second = model
    hidden = tanh(first(INPUTS))  # (4, 4)
    logits = second(hidden)  # (4, 1)

    d_logits = (sigmoid(logits) - TARGETS) / len(INPUTS)  # of the mean cross-entropy
    second.weight.grad = d_logits.T @ hidden
    second.bias.grad = d_logits.sum(dim=0)
    d_hidden = d_logits @ second.weight
    d_sums = d_hidden * (1 - hidden * hidden)  # tanh' = 1 - tanh²
    first.weight.grad = d_sums.T @ INPUTS
    first.bias.grad = d_sums.sum(dim=0)


def solve(seed, gradients):
    """Train from one seed; how many steps it took to be sure of all four cases, and the model."""
    manual_seed(seed)
    model = Sequential(Linear(2, 4), Tanh(), Linear(4, 1))
    optimizer = Adam(model.parameters(), lr=0.02)
    for step in range(STEPS):
        if binary_cross_entropy_with_logits(model(INPUTS), TARGETS).item() < 0.05:
            return step, model
        gradients(model)
        optimizer.step()
    return None, model


def main():
    results = [solve(seed, gradients_by_hand) for seed in range(20)]
    steps = [step for step, _ in results if step is not None]
    print(f"solved for {len(steps)} of 20 seeds   (target: 20 within {STEPS} steps)")
    print(f"steps: {min(steps)} to {max(steps)}, median {sorted(steps)[len(steps) // 2]}")
    draw(results[0][1])
    record(RUNS / "by_hand.json", seed=list(range(20)), steps=[step for step, _ in results])
    print(f"Picture and results are in {RUNS}/")
    if len(steps) < 20:
        raise SystemExit("the target was missed")


def draw(model):
    """What the network says of every point of the plane."""
    axis = linspace(-0.5, 1.5, 200)
    across, up = meshgrid(axis, axis, indexing="xy")
    answers = sigmoid(model(stack([across, up], dim=-1))).squeeze(-1)
    figure, plane = plt.subplots(figsize=(5, 4), layout="constrained")
    shade = plane.contourf(across.numpy(), up.numpy(), answers.detach().numpy(), 20, cmap="RdBu")
    plane.scatter(*INPUTS.T.tolist(), c=TARGETS.flatten().tolist(), cmap="RdBu", edgecolors="black")
    plane.set(title="XOR: the answer at every point", xlabel="first input", ylabel="second input")
    figure.colorbar(shade, ax=plane)
    RUNS.mkdir(parents=True, exist_ok=True)
    figure.savefig(RUNS / "by_hand.png", dpi=120)


if __name__ == "__main__":
    main()
