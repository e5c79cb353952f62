"""Every rule is right. (That none is missing, nor its case, the repository's checks tell.)

The cases stand in `rule_cases/`, a table a topic: (primitive, inputs, settings), and a fourth entry
with options of `check_rule` where it needs them.
"""

from pathlib import Path

import pytest

from tables import rule_cases
from tinytorch.autograd import check_rule


@pytest.mark.parametrize(
    ("primitive", "inputs", "settings"), rule_cases(Path(__file__).with_name("rule_cases"))
)
def test_a_rule_is_right(primitive, inputs, settings):
    check_rule(primitive, *inputs, **settings)
