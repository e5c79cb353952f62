"""Every differentiable primitive of modules 02 to 05 has a rule, and every rule is right.

The cases stand in `rule_cases/`, a table a topic: (primitive, inputs, settings), and a fourth entry
with options of `check_rule` where it needs them. Whoever adds a primitive adds its rule and its
case, or a test here fails by name.
"""

from pathlib import Path

import pytest

import tinytorch.autograd as ag
from tables import rule_cases
from tinytorch.tensor import primitives

CASES = rule_cases(Path(__file__).with_name("rule_cases"))
MODULES = ("tinytorch.tensor.", "tinytorch.activations.", "tinytorch.layers.", "tinytorch.losses.")
DIFFERENTIABLE = {
    f"{p.__module__}.{p.name}": p
    for p in primitives()
    if p.differentiable and p.__module__.startswith(MODULES)
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_a_differentiable_primitive_has_a_rule(name):
    assert DIFFERENTIABLE[name].default.rule is not None


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_a_differentiable_primitive_has_a_case(name):
    assert any(case.values[0] is DIFFERENTIABLE[name] for case in CASES)


@pytest.mark.parametrize(("primitive", "inputs", "settings"), CASES)
def test_a_rule_is_right(primitive, inputs, settings):
    ag.check_rule(primitive, *inputs, **settings)
