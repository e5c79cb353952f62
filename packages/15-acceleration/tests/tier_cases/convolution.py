"""Convolutions: strides, paddings, dilations, groups; tiny, empty and large images."""

from tinytorch.spatial.sliding import convolve, convolve_input, convolve_weight, output_size

PLAIN = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
SAME = {**PLAIN, "padding": ((1, 1), (1, 1))}
HOWS = [  # images, kernels, settings
    ((3, 2, 5, 6), (4, 2, 3, 3), SAME),
    ((2, 2, 5, 6), (3, 2, 3, 2), PLAIN),
    ((2, 2, 5, 6), (3, 2, 3, 2), {**PLAIN, "padding": ((2, 2), (1, 0))}),
    ((2, 2, 4, 4), (3, 2, 2, 2), {**PLAIN, "padding": ((3, 1), (0, 2))}),  # beyond a kernel's reach
    ((3, 2, 6, 7), (3, 2, 3, 2), {**PLAIN, "stride": (2, 3)}),  # steps over the last pixels
    ((2, 3, 7, 6), (2, 3, 2, 3), {**SAME, "stride": (1, 2), "dilation": (3, 1)}),
    ((2, 2, 7, 7), (2, 2, 3, 3), {**SAME, "dilation": (2, 2)}),
    ((2, 1, 4, 5), (5, 1, 3, 3), SAME),  # so few channels that their gradient is added up
    ((2, 4, 5, 6), (6, 2, 3, 2), {**SAME, "groups": 2}),
    ((2, 3, 5, 5), (6, 1, 3, 3), {**SAME, "stride": (2, 2), "groups": 3}),
    ((2, 3, 4, 5), (5, 3, 1, 1), PLAIN),
    ((1, 1, 1, 1), (1, 1, 1, 1), PLAIN),
    ((1, 2, 3, 4), (2, 2, 3, 4), PLAIN),  # one window
    ((0, 2, 4, 4), (3, 2, 3, 3), SAME),
]
LARGE = ((6, 3, 64, 64), (12, 3, 5, 5), {**PLAIN, "padding": ((2, 2), (2, 2))})


def cases(images, kernels, how, **options):
    windows = output_size(images[2:], kernels[2:], how["stride"], how["padding"], how["dilation"])
    outputs = (images[0], kernels[0], *windows)
    yield convolve, (images, kernels, None), how, options
    yield convolve, (images, kernels, kernels[:1]), how, options
    yield convolve_input, (outputs, kernels), {"size": images[2:], **how}, options
    yield convolve_weight, (images, outputs), {"kernel_size": kernels[2:], **how}, options


CASES = [case for how in HOWS for case in cases(*how)]
CASES += cases(*LARGE, large=True)
