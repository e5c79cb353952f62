"""Importing the package is what switches gradients on, and it patches nothing."""

import subprocess
import sys
import textwrap


def run(program):
    """Run a program in a process of its own, where this package is not imported yet."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_installed_and_not_imported_is_an_error_that_says_so():
    said = run("""
        from tinytorch.tensor import tensor
        x = tensor(2.0, requires_grad=True)
        y = x * x
        for call in (y.backward, x.retain_grad, lambda: x.register_hook(print)):
            try:
                call()
            except RuntimeError as error:
                print(error)
    """)
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "backward",
        "retain_grad",
        "register_hook",
    ]
    assert said.count("import tinytorch.autograd before the forward pass") == 3


def test_imported_after_the_forward_pass_is_an_error_too():
    said = run("""
        from tinytorch.tensor import tensor
        x = tensor(2.0, requires_grad=True)
        y = x * x
        import tinytorch.autograd
        try:
            y.backward()
        except RuntimeError as error:
            print(error)
        (x * x).backward()
        print(x.grad.item())
    """)
    assert "does not require a gradient" in said
    assert said.endswith("4.0\n")


def test_modules_and_classes_of_earlier_packages_stay_as_they_were():
    said = run("""
        import importlib, pkgutil, sys

        def everything():
            found = {}
            for name, module in sorted(sys.modules.items()):
                if not name.startswith(EARLIER):
                    continue
                for key, value in vars(module).items():
                    found[name, key] = id(value)
                    if isinstance(value, type) and value.__module__ == name:
                        found.update({(name, key, k): id(v) for k, v in vars(value).items()})
            return found

        EARLIER = tuple(
            f"tinytorch.{name}" for name in ("setup", "tensor", "activations", "layers", "losses")
        )
        for name in EARLIER:
            package = importlib.import_module(name)
            for part in pkgutil.walk_packages(package.__path__, f"{name}."):
                if not part.name.endswith(("__main__", "setup.command")):  # the extra cli is absent
                    importlib.import_module(part.name)
        before = everything()
        import tinytorch.autograd
        after = everything()
        changed = [key for key in before | after if before.get(key) != after.get(key)]
        print(len(before) > 500, changed)
    """)
    assert said == "True []\n"
