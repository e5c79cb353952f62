"""The derivatives of the primitives of modules 02 to 05, in tables by topic."""

from tinytorch.autograd.calculus import activations as activations
from tinytorch.autograd.calculus import arithmetic as arithmetic
from tinytorch.autograd.calculus import comparison as comparison
from tinytorch.autograd.calculus import conversion as conversion
from tinytorch.autograd.calculus import elementary as elementary
from tinytorch.autograd.calculus import indexing as indexing
from tinytorch.autograd.calculus import joining as joining
from tinytorch.autograd.calculus import layers as layers
from tinytorch.autograd.calculus import losses as losses
from tinytorch.autograd.calculus import ordering as ordering
from tinytorch.autograd.calculus import products as products
from tinytorch.autograd.calculus import rearranging as rearranging
from tinytorch.autograd.calculus import reductions as reductions
from tinytorch.autograd.calculus import shape as shape
