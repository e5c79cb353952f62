"""Does each differentiable primitive have a derivative rule, and a case that tests the rule?

    python .ci/rules.py tinytorch.tensor tinytorch.autograd … arithmetic.py reductions.py …

The modules that bring primitives and rules, then the files with tables of cases, each of which
assigns `CASES = [(primitive, inputs, settings), …]`. A fault a line.
"""

import runpy
import sys
from importlib import import_module

for name in sys.argv[1:]:
    if not name.endswith(".py"):
        import_module(name)
tested = {
    id(case[0])
    for name in sys.argv[1:]
    if name.endswith(".py")
    for case in runpy.run_path(name)["CASES"]
}
for primitive in import_module("tinytorch.tensor").primitives():
    if primitive.differentiable:
        where = f"{primitive.__module__}.{primitive.name}"
        if primitive.default.rule is None:
            print(f"{where} has no derivative rule; give it one by defvjp, or differentiable=False")
        if id(primitive) not in tested:
            print(f"{where} has no case in tests/rule_cases/")
