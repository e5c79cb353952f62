"""Every differentiable primitive of this package has a rule, and every rule is right.

The cases stand in `rule_cases/`, a table a topic: (primitive, inputs, settings), and a fourth entry
with options of `check_rule` where it needs them.
"""

from pathlib import Path

import pytest

import tinytorch.transformers  # noqa: F401  (its primitives)
from tables import rule_cases
from tinytorch.autograd import check_rule
from tinytorch.tensor import primitives

CASES = rule_cases(Path(__file__).with_name("rule_cases"))
DIFFERENTIABLE = {
    p.name: p
    for p in primitives()
    if p.differentiable and p.__module__.startswith("tinytorch.transformers.")
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_a_differentiable_primitive_has_a_rule_and_a_case(name):
    assert DIFFERENTIABLE[name].default.rule is not None
    assert any(case.values[0] is DIFFERENTIABLE[name] for case in CASES)


@pytest.mark.parametrize(("primitive", "inputs", "settings"), CASES)
def test_a_rule_is_right(primitive, inputs, settings):
    check_rule(primitive, *inputs, **settings)
