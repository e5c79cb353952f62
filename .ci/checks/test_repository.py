"""The repository has none of the faults that its checks look for."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from checks import enumeration, imports, metadata, namespace, numbering, places

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "check",
    [
        namespace.sources_hold_one_leaf,
        numbering.entry_points,
        numbering.prose,
        imports.declared_is_imported,
        imports.arrows_point_backward,
        imports.nothing_is_patched,
        metadata.descriptions,
        metadata.phases,
        metadata.sibling_ranges,
        metadata.files,
        metadata.hatch_knows_test_groups,
        enumeration.public_names_have_parity,
        enumeration.public_names_have_examples,
        enumeration.primitives_have_rules_and_cases,
        places.no_machine_paths,
    ],
    ids=lambda check: check.__name__,
)
def test_the_repository_has_no_fault(check: Callable[[Path], Iterable[str]]) -> None:
    if faults := list(check(ROOT)):
        pytest.fail("\n".join(faults), pytrace=False)


@pytest.mark.skipif(not list(ROOT.glob("dist/*.whl")), reason="`nox -s build` makes the wheels")
def test_each_wheel_holds_its_own_leaf_only() -> None:
    assert list(namespace.wheels_hold_one_leaf(ROOT)) == []
