"""ResNet: layers that learn what to add to their input, so that there can be many of them."""

from __future__ import annotations

from itertools import pairwise

from tinytorch.activations import relu
from tinytorch.layers import Flatten, Linear, Module, ReLU, Sequential, init
from tinytorch.spatial.adaptive import AdaptiveAvgPool2d
from tinytorch.spatial.convolution_layers import Conv2d
from tinytorch.spatial.normalization_layers import BatchNorm2d
from tinytorch.tensor import Tensor, pad
from tinytorch.tensor.dims import integer


class BasicBlock(Module):
    r"""Two convolutions beside a shortcut: $y = \text{relu}(x + f(x))$.

    Where the block halves the image and has more channels, the shortcut takes every other pixel and
    adds channels of zeros: it has no parameters.

    Args:
        in_channels: of the input.
        out_channels: of the output.
        stride: 2 halves the image.

    Example:
        >>> from tinytorch.tensor import ones
        >>> BasicBlock(16, 32, stride=2)(ones(2, 16, 8, 8)).shape
        (2, 32, 4, 4)
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        if out_channels < in_channels:
            raise ValueError(
                f"BasicBlock: out_channels is {out_channels}, expected at least in_channels, "
                f"{in_channels}"
            )
        self.residual = Sequential(
            Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
            BatchNorm2d(out_channels),
            ReLU(),
            Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            BatchNorm2d(out_channels),
        )
        self.stride = stride
        self.added = out_channels - in_channels

    def forward(self, input: Tensor) -> Tensor:
        """(N, in_channels, H, W) → (N, out_channels, H / stride, W / stride)."""
        shortcut = input
        if self.stride > 1:
            shortcut = shortcut[:, :, :: self.stride, :: self.stride]
        if self.added:
            before = self.added // 2
            shortcut = pad(shortcut, (0, 0, 0, 0, before, self.added - before))
        output: Tensor = relu(shortcut + self.residual(input))
        return output


class ResNet(Module):
    """The residual network for 32×32 images: a convolution, 3 stages of n blocks, a mean, scores.

    The stages have `width`, 2 `width` and 4 `width` channels, and images of 32, 16 and 8 pixels.
    See section 4.2 of He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", 2016.

    Args:
        depth: how many layers have weights: 6n + 2, so 8, 14, 20, 32, 44, 56, 110 …
        num_classes: how many scores come out.
        in_channels: of the images.
        width: the channels of the first stage.

    Raises:
        TypeError: for a depth that is no integer.
        ValueError: for another depth.

    Example:
        >>> from tinytorch.tensor import ones
        >>> ResNet(depth=8)(ones(2, 3, 32, 32)).shape
        (2, 10)
    """

    def __init__(
        self,
        depth: int = 20,
        num_classes: int = 10,
        in_channels: int = 3,
        width: int = 16,
    ) -> None:
        super().__init__()
        count, rest = divmod(integer("ResNet", "depth", depth) - 2, 6)
        if rest or count < 1:
            raise ValueError(f"ResNet: depth is {depth}, expected 6n + 2: 8, 14, 20, 32, 44, 56 …")
        self.stem = Sequential(
            Conv2d(in_channels, width, 3, padding=1, bias=False),
            BatchNorm2d(width),
            ReLU(),
        )
        channels = [width] * (count + 1) + [2 * width] * count + [4 * width] * count
        self.blocks = Sequential(
            *[
                BasicBlock(before, after, stride=1 if before == after else 2)
                for before, after in pairwise(channels)
            ]
        )
        self.head = Sequential(AdaptiveAvgPool2d(1), Flatten(), Linear(4 * width, num_classes))
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, input: Tensor) -> Tensor:
        """(N, in_channels, H, W) → (N, num_classes)."""
        output: Tensor = self.head(self.blocks(self.stem(input)))
        return output
