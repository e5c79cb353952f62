"""Sliding windows: each of the three maps, with strides, paddings, dilations and groups."""

from tinytorch.spatial.sliding import (
    convolve,
    convolve_input,
    convolve_weight,
    output_size,
)

HOWS = [
    {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1},
    {"stride": (2, 1), "padding": ((1, 1), (0, 2)), "dilation": (1, 2), "groups": 2},
    {"stride": (1, 3), "padding": ((2, 2), (1, 0)), "dilation": (2, 1), "groups": 1},
    {"stride": (2, 2), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 4},
]
SIZE, KERNEL = (5, 6), (3, 2)


def cases(how):
    images, kernels = (2, 4, *SIZE), (4, 4 // how["groups"], *KERNEL)
    windows = output_size(SIZE, KERNEL, *(how[name] for name in ("stride", "padding", "dilation")))
    outputs = (2, 4, *windows)
    yield convolve, (images, kernels), how
    yield convolve, (images, kernels, (4,)), how
    yield convolve, ((0, *images[1:]), kernels), how
    yield convolve_input, (outputs, kernels), {"size": SIZE, **how}
    yield convolve_weight, (images, outputs), {"kernel_size": KERNEL, **how}


CASES = [case for how in HOWS for case in cases(how)]
