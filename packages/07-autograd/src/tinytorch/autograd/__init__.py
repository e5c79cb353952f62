"""Gradients by hand are error-prone: this package writes them for you.

While a computation runs, each call of a primitive leaves a node behind: which rule differentiates
it, where its inputs came from, and the arrays that the rule will need (`graph.py`, `recorder.py`).
A backward pass visits the nodes, latest first, applies their rules and adds up what arrives
(`starting.py`, `engine.py`). The rules themselves are tables that read like a page of calculus
(`calculus/`); only the tables know a derivative, and `rules.py` says how they are written.
Importing this package is all it takes: from then on `tensor.backward()` works.
"""

from tinytorch.autograd import calculus as calculus
from tinytorch.autograd.anomaly import detect_anomaly
from tinytorch.autograd.checking import GradcheckError, check_rule, gradcheck, gradgradcheck
from tinytorch.autograd.checkpointing import checkpoint
from tinytorch.autograd.drawing import draw_graph
from tinytorch.autograd.function import Function
from tinytorch.autograd.functional import backward, grad, hessian, jacobian, jvp, vjp
from tinytorch.autograd.recorder import GraphRecorder
from tinytorch.autograd.rules import defvjp, defvjp_joint
from tinytorch.tensor import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from tinytorch.tensor.recording import install_recorder

__version__ = "0.1.0"

__all__ = [
    # gradients of what was computed
    "backward",
    "grad",
    # whether it is recorded
    "no_grad",
    "enable_grad",
    "set_grad_enabled",
    "is_grad_enabled",
    # derivatives of functions
    "vjp",
    "jvp",
    "jacobian",
    "hessian",
    # derivatives of one's own
    "defvjp",
    "defvjp_joint",
    "Function",
    # holding them against finite differences
    "gradcheck",
    "gradgradcheck",
    "GradcheckError",
    "check_rule",
    # memory, sight, trouble
    "checkpoint",
    "draw_graph",
    "detect_anomaly",
]

install_recorder(GraphRecorder())
