"""LeNet-5: the network that read cheques in the 1990s."""

from __future__ import annotations

from tinytorch.layers import Flatten, Linear, Module, ReLU, Sequential
from tinytorch.spatial.convolution_layers import Conv2d
from tinytorch.spatial.pooling import MaxPool2d
from tinytorch.tensor import Tensor


class LeNet5(Module):
    """Two convolutions, each followed by pooling, and three linear layers: 61,706 parameters.

    The sizes are those of LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to
    Document Recognition", 1998. As usual today, ReLU stands in the place of the scaled tanh, the
    maximum in that of a learned average, and every map of the second convolution sees all of the
    first's.

    Args:
        num_classes: how many scores come out.
        in_channels: 1 for grey images.

    Example:
        >>> from tinytorch.tensor import ones
        >>> LeNet5()(ones(2, 1, 28, 28)).shape
        (2, 10)
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.features = Sequential(
            Conv2d(in_channels, 6, kernel_size=5, padding=2),  # (6, 28, 28)
            ReLU(),
            MaxPool2d(2),  # (6, 14, 14)
            Conv2d(6, 16, kernel_size=5),  # (16, 10, 10)
            ReLU(),
            MaxPool2d(2),  # (16, 5, 5)
        )
        self.classifier = Sequential(
            *(Flatten(), Linear(400, 120), ReLU()),
            *(Linear(120, 84), ReLU()),
            Linear(84, num_classes),
        )

    def forward(self, input: Tensor) -> Tensor:
        """(N, in_channels, 28, 28) → (N, num_classes)."""
        expected = (self.in_channels, 28, 28)
        if input.ndim != 4 or input.shape[1:] != expected:
            raise ValueError(
                f"LeNet5: input has shape {tuple(input.shape)}, expected (N, {self.in_channels}, "
                "28, 28)"
            )
        output: Tensor = self.classifier(self.features(input))
        return output
