"""Is the package under test the installed wheel, with nothing of ours beside what it declares?

    python -I .ci/installed.py tinytorch.autograd tinytorch-setup tinytorch-tensor …

The module under test, then every distribution that is to be there.
"""

import importlib
import json
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

module, *expected = sys.argv[1:]
site = sysconfig.get_path("purelib")
found = importlib.import_module(module).__file__
if found is None or Path(site) not in Path(found).parents:
    sys.exit(f"installed: {module} comes from {found}, expected it in {site}")

ours = {d.name: d for d in distributions() if d.name.startswith("tinytorch")}
if ours.keys() != set(expected):
    sys.exit(f"installed: the environment holds {sorted(ours)}, expected {sorted(expected)}")
for name, distribution in ours.items():
    origin = json.loads(distribution.read_text("direct_url.json") or "{}").get("url", "an index")
    if not (origin.startswith("file:") and origin.endswith(".whl")):
        sys.exit(f"installed: {name} came from {origin}, expected a wheel of dist/")
