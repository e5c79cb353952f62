"""Every fault that the checks look for is planted in a miniature repository, caught and named."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

from checks import enumeration, examples, imports, metadata, namespace, numbering, places
from workspace import closure, packages

CHECKS: list[Callable[[Path], Iterable[str]]] = [
    namespace.sources_hold_one_leaf,
    namespace.wheels_hold_one_leaf,
    numbering.entry_points,
    numbering.prose,
    imports.declared_is_imported,
    imports.arrows_point_backward,
    metadata.descriptions,
    metadata.phases,
    metadata.sibling_ranges,
    metadata.files,
    metadata.hatch_knows_test_groups,
    enumeration.public_names_have_parity,
    enumeration.public_names_have_examples,
    places.no_machine_paths,
]

PYPROJECT = """\
[project]
name = "tinytorch-{leaf}"
description = "A problem. → solve it with {leaf}."
keywords = ["{phase}"]
dependencies = [{dependencies}]
[project.optional-dependencies]
cli = ["rich>=13"]
[project.entry-points."tinytorch.modules"]
{number} = "tinytorch.{leaf}"
"""

INIT = '''\
"""The story."""
{imports}
__all__ = ["twice"]
__version__ = "0.1.0"


def twice(x: int) -> int:
    """Return $2x$.

    Example:
        >>> twice(2)
        4
    """
    try:
        import rich
    except ImportError:
        rich = None
    return 2 * x
'''

PARITY = """\
import pytest


@pytest.mark.parity("twice")
def test_twice():
    ...
"""

PAGE = """\
# {title}

```python
from math import sqrt

print(sqrt(4))
#> 2.0
```

It goes on in the same namespace:

```python
for x in (9, 16):
    print(sqrt(x))
    #> 3.0
    #> 4.0
```
"""

TABLE = """\
| 01 | [setup](packages/01-setup) |
| 02 | [tensor](packages/02-tensor) |
| 03 | [autograd](packages/03-autograd) |
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of three packages, each built on the one before, without a fault."""
    for number, leaf, phase, sibling in [
        ("01", "setup", "foundation", ""),
        ("02", "tensor", "foundation", "setup"),
        ("03", "autograd", "learning", "tensor"),
    ]:
        folder = tmp_path / "packages" / f"{number}-{leaf}"
        source = folder / "src" / "tinytorch" / leaf
        dependencies = f'"tinytorch-{sibling}>=0.1,<0.2"' if sibling else ""
        statement = f"\nfrom tinytorch.{sibling} import twice as before\n" if sibling else ""
        texts = {
            folder / "pyproject.toml": PYPROJECT.format(
                number=number, leaf=leaf, phase=phase, dependencies=dependencies
            ),
            folder / "LICENSE": "",
            folder / "README.md": PAGE.format(title=f"tinytorch-{leaf}"),
            folder / "CHANGELOG.md": "# Changes\n\n## 0.1.0\n",
            folder / "tests" / "test_tour.py": "",
            folder / "parity" / "test_twice.py": PARITY,
            source / "__init__.py": INIT.format(imports=statement),
            source / "py.typed": "",
            tmp_path / "docs" / "chapters" / f"{number}-{leaf}.md": f"# {number} {leaf}\n",
        }
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        make_wheel(tmp_path, leaf, f"tinytorch/{leaf}/__init__.py")
    (tmp_path / "pyproject.toml").write_text("[dependency-groups]\nmembers = []\n", "utf-8")
    (tmp_path / "README.md").write_text(TABLE, "utf-8")
    return tmp_path


def make_wheel(root: Path, leaf: str, *entries: str) -> None:
    name = f"tinytorch_{leaf}-0.1.0"
    (root / "dist").mkdir(exist_ok=True)
    with ZipFile(root / "dist" / f"{name}-py3-none-any.whl", "w") as wheel:
        for entry in [*entries, f"{name}.dist-info/METADATA"]:
            wheel.writestr(entry, "")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, f"the miniature's {path.name} has changed: no {old!r}"
    path.write_text(text.replace(old, new), "utf-8")


def named(root: Path, check: Callable[[Path], Iterable[str]], *parts: str) -> bool:
    """Whether this check alone finds a fault, only one, and says all of this about it."""
    faults = {other.__name__: list(other(root)) for other in CHECKS}
    (fault,) = faults.pop(check.__name__)
    assert not any(faults.values()), faults
    return all(part in fault for part in parts)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_miniature_has_no_fault(root: Path, check: Callable[[Path], Iterable[str]]) -> None:
    assert list(check(root)) == []


def test_a_stray_init_in_the_sources(root: Path) -> None:
    (root / "packages/02-tensor/src/tinytorch/__init__.py").touch()
    assert named(root, namespace.sources_hold_one_leaf, "02-tensor/src/tinytorch/__init__.py")


def test_a_stray_folder_beside_the_namespace(root: Path) -> None:
    (root / "packages/02-tensor/src/helpers").mkdir()
    assert named(root, namespace.sources_hold_one_leaf, "02-tensor/src/helpers")


@pytest.mark.parametrize(
    "stray", ["tinytorch/__init__.py", "tinytorch/setup/x.py", "tests/test_tour.py"]
)
def test_a_stray_file_in_a_wheel(root: Path, stray: str) -> None:
    make_wheel(root, "tensor", "tinytorch/tensor/__init__.py", stray)
    assert named(root, namespace.wheels_hold_one_leaf, "tinytorch_tensor-0.1.0", stray)


def test_a_wheel_of_no_package(root: Path) -> None:
    make_wheel(root, "old", "tinytorch/old/__init__.py")
    assert named(root, namespace.wheels_hold_one_leaf, "tinytorch_old-0.1.0")


def test_an_entry_point_with_another_number(root: Path) -> None:
    change(root / "packages/02-tensor/pyproject.toml", '02 = "tiny', '03 = "tiny')
    assert named(root, numbering.entry_points, "02-tensor", '02 = "tinytorch.tensor"')


def test_an_entry_point_with_another_module(root: Path) -> None:
    change(
        root / "packages/02-tensor/pyproject.toml",
        '02 = "tinytorch.tensor"',
        '02 = "tinytorch.setup"',
    )
    assert named(root, numbering.entry_points, "02-tensor", '02 = "tinytorch.tensor"')


def test_a_folder_with_another_number(root: Path) -> None:
    (root / "packages/03-autograd").rename(root / "packages/04-autograd")
    assert any("04-autograd" in fault for fault in numbering.entry_points(root))
    assert any("docs/chapters/03-autograd.md" in fault for fault in numbering.prose(root))


def test_one_number_for_two_folders(root: Path) -> None:
    (root / "packages/03-autograd").rename(root / "packages/02-autograd")
    assert any("has the number 02 too" in fault for fault in numbering.entry_points(root))


@pytest.mark.parametrize("folder", ["tensor", "02-tensor2", "2-tensor"])
def test_a_folder_of_another_form(root: Path, folder: str) -> None:
    (root / "packages" / folder).mkdir()
    assert named(root, numbering.entry_points, folder, "NN-name")


def test_a_readme_with_another_number(root: Path) -> None:
    change(root / "packages/02-tensor/README.md", "# tinytorch-tensor", "# 03 tinytorch-tensor")
    assert named(root, numbering.prose, "02-tensor/README.md", "expected 02")


def test_a_chapter_with_another_number(root: Path) -> None:
    change(root / "docs/chapters/02-tensor.md", "# 02", "# 03")
    assert named(root, numbering.prose, "docs/chapters/02-tensor.md", "expected 02")


def test_a_link_with_another_number(root: Path) -> None:
    change(root / "packages/02-tensor/README.md", "It goes on", "See packages/02-setup. It goes on")
    assert named(root, numbering.prose, "README.md", "02-setup")


def test_a_row_of_the_table_with_another_number(root: Path) -> None:
    change(root / "README.md", "| 02 |", "| 03 |")
    assert named(root, numbering.prose, "README.md", "02-tensor the number 03")


def test_a_package_that_the_readme_does_not_list(root: Path) -> None:
    change(root / "README.md", "| 02 | [tensor](packages/02-tensor) |\n", "")
    assert named(root, numbering.prose, "README.md", "packages/02-tensor")


def test_an_undeclared_sibling(root: Path) -> None:
    init = root / "packages/03-autograd/src/tinytorch/autograd/__init__.py"
    change(init, "__all__", "from tinytorch import setup\n\n__all__")
    assert named(root, imports.declared_is_imported, "autograd/__init__.py:5", "tinytorch.setup")


def test_an_undeclared_library(root: Path) -> None:
    init = root / "packages/01-setup/src/tinytorch/setup/__init__.py"
    change(init, "__all__", "import scipy.special\n\n__all__")
    assert named(root, imports.declared_is_imported, "setup/__init__.py:3", "scipy.special")


def test_a_sibling_declared_and_not_imported(root: Path) -> None:
    toml = root / "packages/03-autograd/pyproject.toml"
    change(toml, '"tinytorch-tensor', '"tinytorch-setup>=0.1,<0.2", "tinytorch-tensor')
    assert named(
        root, imports.declared_is_imported, "03-autograd/pyproject.toml", "tinytorch-setup"
    )


def test_an_extra_imported_without_a_guard(root: Path) -> None:
    init = root / "packages/01-setup/src/tinytorch/setup/__init__.py"
    change(init, "__all__", "import rich\n\n__all__")
    assert named(root, imports.declared_is_imported, "setup/__init__.py:3", "rich", "try/except")


def test_an_extra_in_a_file_that_is_imported_under_a_guard_is_no_fault(root: Path) -> None:
    source = root / "packages/01-setup/src/tinytorch/setup"
    (source / "command.py").write_text("import rich\n")
    change(source / "__init__.py", "import rich", "from . import command")
    assert list(imports.declared_is_imported(root)) == []
    change(source / "__init__.py", "__all__", "from .command import rich\n\n__all__")
    assert named(root, imports.declared_is_imported, "setup/command.py:1", "rich", "try/except")


@pytest.mark.parametrize(
    "statement",
    [
        "import tinytorch.autograd",
        "from tinytorch import autograd",
        "from tinytorch.autograd import twice",
        "from ..autograd import twice",
    ],
)
def test_an_import_that_points_forward(root: Path, statement: str) -> None:
    tensor = root / "packages/02-tensor"
    change(tensor / "src/tinytorch/tensor/__init__.py", "__all__", f"{statement}\n\n__all__")
    assert [fault for fault in imports.arrows_point_backward(root) if "02 imports 03" in fault]
    # Declaring it does not help.
    change(
        tensor / "pyproject.toml",
        '"tinytorch-setup',
        '"tinytorch-autograd>=0.1,<0.2", "tinytorch-setup',
    )
    assert list(imports.declared_is_imported(root)) == []
    assert [fault for fault in imports.arrows_point_backward(root) if "02 declares 03" in fault]


def test_an_import_for_type_checkers_that_points_forward(root: Path) -> None:
    init = root / "packages/01-setup/src/tinytorch/setup/__init__.py"
    change(init, "__all__", "if TYPE_CHECKING:\n    import tinytorch.tensor\n\n__all__")
    assert any("01 imports 02" in fault for fault in imports.arrows_point_backward(root))


@pytest.mark.parametrize(
    "description",
    [
        "A problem.",
        "A problem. -> solve it.",
        "A problem. → Solve it.",
        "A problem. → solve it",
        "→ solve it.",
    ],
)
def test_a_description_of_another_form(root: Path, description: str) -> None:
    toml = root / "packages/01-setup/pyproject.toml"
    change(toml, "A problem. → solve it with setup.", description)
    assert named(root, metadata.descriptions, "01-setup", description)


def test_a_phase_that_is_none(root: Path) -> None:
    change(root / "packages/01-setup/pyproject.toml", '["foundation"]', '["basics"]')
    assert named(root, metadata.phases, "01-setup", "basics")


def test_a_phase_out_of_order(root: Path) -> None:
    change(root / "packages/01-setup/pyproject.toml", '["foundation"]', '["learning"]')
    assert named(root, metadata.phases, "02-tensor", "foundation comes after learning")


@pytest.mark.parametrize("version", ["0.2.0", "0.0.9", "1.0.0"])
def test_a_version_that_leaves_a_siblings_range(root: Path, version: str) -> None:
    setup = root / "packages/01-setup"
    change(setup / "src/tinytorch/setup/__init__.py", "0.1.0", version)
    change(setup / "CHANGELOG.md", "0.1.0", version)
    assert named(root, metadata.sibling_ranges, "02-tensor", version)


@pytest.mark.parametrize(
    "requirement", ["tinytorch-setup", "tinytorch-setup>=0.1", "tinytorch-setup==0.1.0"]
)
def test_a_sibling_without_a_range(root: Path, requirement: str) -> None:
    change(root / "packages/02-tensor/pyproject.toml", "tinytorch-setup>=0.1,<0.2", requirement)
    assert named(root, metadata.sibling_ranges, "02-tensor", requirement)


@pytest.mark.parametrize(
    "file",
    [
        "packages/02-tensor/LICENSE",
        "packages/02-tensor/README.md",
        "packages/02-tensor/CHANGELOG.md",
        "packages/02-tensor/src/tinytorch/tensor/py.typed",
        "packages/02-tensor/tests/test_tour.py",
        "docs/chapters/02-tensor.md",
    ],
)
def test_a_missing_file(root: Path, file: str) -> None:
    (root / file).unlink()
    assert named(root, metadata.files, file)


def test_a_version_that_the_changelog_does_not_know(root: Path) -> None:
    change(root / "packages/02-tensor/CHANGELOG.md", "0.1.0", "0.0.1")
    assert named(root, metadata.files, "02-tensor/CHANGELOG.md", "0.1.0")


def test_a_test_requirement_that_hatch_does_not_know(root: Path) -> None:
    toml = root / "packages/02-tensor/pyproject.toml"
    change(toml, "[project.opt", '[dependency-groups]\ntest = ["rich>=13"]\n[project.opt')
    assert named(root, metadata.hatch_knows_test_groups, "02-tensor", "rich>=13")


def test_a_public_name_without_a_parity_case(root: Path) -> None:
    init = root / "packages/02-tensor/src/tinytorch/tensor/__init__.py"
    change(init, '["twice"]', '["thrice", "twice"]')
    assert named(root, enumeration.public_names_have_parity, "tinytorch.tensor.thrice")
    (root / "packages/02-tensor/parity/without.toml").write_text('thrice = "PyTorch has none"\n')
    assert list(enumeration.public_names_have_parity(root)) == []


@pytest.mark.parametrize(
    "table",
    ['["twice"]', '[("twice", abs)]', '[pytest.param("twice", abs)]', '{"twice": abs}'],
)
def test_the_names_of_a_table_are_read(root: Path, table: str) -> None:
    tests = root / "packages/02-tensor/parity/test_twice.py"
    change(tests, '@pytest.mark.parity("twice")', f"TABLE = {table}\n@pytest.mark.parity(*TABLE)")
    assert list(enumeration.public_names_have_parity(root)) == []
    change(tests, '"twice"', '"thrice"')
    faults = list(enumeration.public_names_have_parity(root))
    assert "tinytorch.tensor.twice" in faults[0]
    assert "thrice" in faults[1]


def test_a_reason_for_a_name_that_has_a_case(root: Path) -> None:
    (root / "packages/02-tensor/parity/without.toml").write_text('twice = "PyTorch has none"\n')
    assert named(root, enumeration.public_names_have_parity, "without.toml", "twice")


def test_a_reason_for_a_name_that_is_gone(root: Path) -> None:
    (root / "packages/02-tensor/parity/without.toml").write_text('thrice = "PyTorch has none"\n')
    assert named(root, enumeration.public_names_have_parity, "without.toml", "thrice")


def test_a_case_for_a_name_that_is_gone(root: Path) -> None:
    change(root / "packages/02-tensor/parity/test_twice.py", '"twice"', '"twice", "thrice"')
    assert named(root, enumeration.public_names_have_parity, "02-tensor/parity", "thrice")


def test_a_public_function_without_an_example(root: Path) -> None:
    init = root / "packages/02-tensor/src/tinytorch/tensor/__init__.py"
    change(init, ">>> twice(2)\n        4", "none yet")
    where = "packages/02-tensor/src/tinytorch/tensor/__init__.py"
    assert named(root, enumeration.public_names_have_examples, where, "tinytorch.tensor.twice")


def test_a_public_class_without_an_example(root: Path) -> None:
    source = root / "packages/02-tensor/src/tinytorch/tensor"
    (source / "doubling.py").write_text('class Doubled:\n    """$2x$."""\n\nFACTOR = 2\n')
    change(
        source / "__init__.py",
        "__all__",
        "from tinytorch.tensor.doubling import FACTOR, Doubled\n__all__",
    )
    assert list(enumeration.public_names_have_examples(root)) == []
    change(source / "__init__.py", '["twice"]', '["FACTOR", "Doubled", "twice"]')
    (fault,) = enumeration.public_names_have_examples(root)
    assert fault.startswith("packages/02-tensor/src/tinytorch/tensor/doubling.py: tinytorch.tensor")
    assert "Doubled" in fault


@pytest.fixture
def foundation(tmp_path: Path) -> Path:
    """A copy of the packages that bring the seams and the rules, and of the rules' cases."""
    repository = Path(__file__).parents[2]
    for package in closure(packages(repository), ["tinytorch-autograd"]):
        copy = tmp_path / package.folder.relative_to(repository)
        shutil.copytree(package.folder / "src", copy / "src")
        shutil.copy(package.folder / "pyproject.toml", copy)
    cases = "packages/07-autograd/tests/rule_cases"
    shutil.copytree(repository / cases, tmp_path / cases)
    return tmp_path


PRIMITIVE = """
@primitive(differentiable={differentiable})
def cubed(input):
    return input * input * input
"""
RULE = """
from tinytorch.activations.rectifiers import cubed
from tinytorch.autograd import defvjp

defvjp(cubed, lambda g, _z, x: 3 * g * x * x)
"""
CASE = """
from tinytorch.activations.rectifiers import cubed

CASES += [(cubed, [WIDE], {})]
"""


@pytest.mark.parametrize(
    ("differentiable", "rule", "case", "faults"),
    [
        (True, RULE, CASE, []),
        (True, "", CASE, ["no derivative rule"]),
        (True, RULE, "", ["no case"]),
        (True, "", "", ["no derivative rule", "no case"]),
        (False, "", "", []),
    ],
    ids=["with both", "without a rule", "without a case", "without either", "needing none"],
)
def test_a_primitive_without_a_rule_or_a_case(
    foundation: Path, differentiable: bool, rule: str, case: str, faults: list[str]
) -> None:
    for path, text in [
        ("03-activations/src/tinytorch/activations/rectifiers.py", PRIMITIVE),
        ("07-autograd/src/tinytorch/autograd/__init__.py", rule),
        ("07-autograd/tests/rule_cases/activations.py", case),
    ]:
        with (foundation / "packages" / path).open("a", encoding="utf-8") as file:
            file.write(text.replace("{differentiable}", str(differentiable)))
    found = list(enumeration.primitives_have_rules_and_cases(foundation))
    assert len(found) == len(faults)
    for said, fault in zip(found, faults, strict=True):
        assert said.startswith(f"tinytorch.activations.rectifiers.cubed has {fault}")


def test_a_class_of_an_earlier_package_that_is_patched(foundation: Path) -> None:
    source = foundation / "packages/03-activations/src/tinytorch/activations/__init__.py"
    patch = "\nfrom tinytorch.tensor import Tensor as _T\n_T.shout = lambda self: self\n"
    source.write_text(source.read_text("utf-8") + patch, "utf-8")
    faults = list(imports.nothing_is_patched(foundation))
    assert "tinytorch.activations changes tinytorch.tensor.tensor.Tensor.shout" in faults


def test_a_tree_that_does_not_import(foundation: Path) -> None:
    cases = foundation / "packages/07-autograd/tests/rule_cases/activations.py"
    cases.write_text("from tinytorch.activations import cubed\n", "utf-8")
    (fault,) = enumeration.primitives_have_rules_and_cases(foundation)
    assert "ImportError: cannot import name 'cubed'" in fault


@pytest.mark.parametrize("start", ["home", "root", "Users", "tmp"])
def test_a_path_of_one_machine(root: Path, start: str) -> None:
    change(root / "README.md", "[setup]", f"In /{start}/someone [setup]")
    assert named(root, places.no_machine_paths, "README.md:1", f"/{start}/someone")


def test_a_page_whose_blocks_run_has_no_fault(root: Path) -> None:
    assert examples.run_page(root / "packages/01-setup/README.md", root) == ""


@pytest.mark.parametrize("wrong", ["#> 5.0", "#> 4.0\n    #> 5.0"])
def test_a_page_that_prints_something_else(root: Path, wrong: str) -> None:
    page = root / "packages/01-setup/README.md"
    change(page, "#> 4.0", wrong)
    fault = examples.run_page(page, root)
    assert "README.md:12" in fault
    assert "#> 3.0\n#> 4.0" in fault


def test_a_page_that_raises(root: Path) -> None:
    page = root / "packages/01-setup/README.md"
    change(page, "print(sqrt(4))", "print(sqrt(-4))")
    fault = examples.run_page(page, root)
    assert "line 6" in fault
    assert "ValueError" in fault


def test_a_docstring_that_says_something_else(root: Path) -> None:
    source = root / "packages/01-setup/src/tinytorch/setup/__init__.py"
    names = {"twice": lambda x: 2 * x}
    (docstring,) = examples.docstrings(source)
    assert examples.run_docstring(docstring, names, options=0) == []
    change(source, "    4\n", "    5\n")
    (docstring,) = examples.docstrings(source)
    (fault,) = examples.run_docstring(docstring, names, options=0)
    assert "twice" in fault
    assert "Expected:\n    5\nGot:\n    4" in fault
