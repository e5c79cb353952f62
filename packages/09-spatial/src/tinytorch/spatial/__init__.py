"""TinyTorch 09: layers that know what a neighbour is.

To a linear layer a pixel and its neighbour are as unrelated as two corners of the picture. A
convolution looks at every small window of an image with the same few weights; pooling makes images
smaller and answers less dependent on the exact place; normalisation keeps deep stacks trainable.

Read `sliding.py` first: a convolution and its derivatives are three linear maps, and no fourth.
"""

from tinytorch.spatial.adaptive import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
)
from tinytorch.spatial.average_pooling import AvgPool1d, AvgPool2d, avg_pool1d, avg_pool2d
from tinytorch.spatial.convolution import conv1d, conv2d, conv_transpose2d
from tinytorch.spatial.convolution_layers import Conv1d, Conv2d, ConvTranspose2d
from tinytorch.spatial.dropout import Dropout2d, dropout2d
from tinytorch.spatial.lenet import LeNet5
from tinytorch.spatial.normalization import batch_norm, group_norm
from tinytorch.spatial.normalization_layers import BatchNorm1d, BatchNorm2d, GroupNorm
from tinytorch.spatial.pooling import MaxPool1d, MaxPool2d, max_pool1d, max_pool2d
from tinytorch.spatial.resampling import Upsample, interpolate
from tinytorch.spatial.resnet import BasicBlock, ResNet

__version__ = "0.1.0"

__all__ = [
    "conv1d",
    "conv2d",
    "conv_transpose2d",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "max_pool1d",
    "max_pool2d",
    "MaxPool1d",
    "MaxPool2d",
    "avg_pool1d",
    "avg_pool2d",
    "AvgPool1d",
    "AvgPool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "batch_norm",
    "group_norm",
    "BatchNorm1d",
    "BatchNorm2d",
    "GroupNorm",
    "dropout2d",
    "Dropout2d",
    "interpolate",
    "Upsample",
    "LeNet5",
    "ResNet",
    "BasicBlock",
]
