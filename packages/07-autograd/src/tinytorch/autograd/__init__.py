"""TinyTorch 07."""

from tinytorch.autograd.recorder import GraphRecorder
from tinytorch.autograd.rules import defvjp, defvjp_joint
from tinytorch.tensor.recording import install_recorder

__version__ = "0.1.0"
install_recorder(GraphRecorder())
