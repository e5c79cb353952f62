"""Does importing a package change the modules or classes of an earlier one?

    python .ci/patching.py tinytorch.setup tinytorch.tensor …

The packages in the order of the course. A change a line.
"""

import sys
from importlib import import_module
from pkgutil import walk_packages


def everything(names: list[str]) -> dict[tuple[str, ...], int]:
    """The identity of all that these packages' modules and classes hold, by place."""
    found: dict[tuple[str, ...], int] = {}
    for name, module in list(sys.modules.items()):
        if name in names or name.startswith(tuple(f"{package}." for package in names)):
            for key, value in vars(module).items():
                found[name, key] = id(value)
                if isinstance(value, type) and value.__module__ == name:
                    found |= {(name, key, k): id(v) for k, v in vars(value).items()}
    return found


def load(package: str) -> None:
    """Import a package and every module in it, but for those that need an extra or run."""
    for part in walk_packages(import_module(package).__path__, f"{package}."):
        if not part.name.endswith(("__main__", "setup.command")):
            import_module(part.name)


packages = sys.argv[1:]
for i, package in enumerate(packages):
    before = everything(packages[:i])
    load(package)
    after = everything(packages[:i])
    for place in sorted(before | after):
        if before.get(place) != after.get(place):
            print(f"{package} changes {'.'.join(place)}")
