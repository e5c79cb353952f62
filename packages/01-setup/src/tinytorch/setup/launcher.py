"""The console script `tinytorch`, which says how to get the command where its extra is missing."""

import sys


def main() -> None:
    """Run the command `tinytorch`."""
    try:
        from tinytorch.setup.command import build
    except ModuleNotFoundError as error:
        print(
            f"tinytorch: the command needs {error.name}, get it by: "
            "pip install 'tinytorch-setup[cli]'\n"
            "           `python -m tinytorch.setup` checks the machine without it.",
            file=sys.stderr,
        )
        sys.exit(1)
    build()()
