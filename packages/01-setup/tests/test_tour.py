"""A tour of tinytorch.setup: read it as documentation."""

import json

import numpy as np

from tinytorch.setup import (
    data_home,
    doctor,
    generator,
    get_rng_state,
    keyed_generator,
    machine,
    manual_seed,
    modules,
    set_rng_state,
    usable_cores,
    use_generator,
)


def test_one_seed_decides_every_number():
    manual_seed(0)
    first = generator().standard_normal(5)
    manual_seed(0)
    assert np.array_equal(generator().standard_normal(5), first)


def test_a_block_may_draw_from_elsewhere_and_disturbs_nothing():
    manual_seed(0)
    expected = generator().random(2)
    manual_seed(0)
    before = generator().random()
    with use_generator(42):
        generator().random(1000)
    assert [before, generator().random()] == expected.tolist()


def test_a_run_is_saved_and_goes_on():
    manual_seed(0)
    file = json.dumps(get_rng_state())
    expected = generator().random(3)
    set_rng_state(json.loads(file))
    assert np.array_equal(generator().random(3), expected)


def test_a_sample_has_its_own_numbers_in_whatever_order_it_is_loaded():
    def crop(sample):
        return keyed_generator(0, epoch, sample).integers(0, 8)

    epoch = 3
    forwards = {sample: crop(sample) for sample in range(10)}
    backwards = {sample: crop(sample) for sample in reversed(range(10))}
    assert forwards == backwards


def test_data_has_a_home(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYTORCH_HOME", str(tmp_path / "data"))
    assert data_home() == tmp_path / "data"
    assert not data_home().exists()
    monkeypatch.delenv("TINYTORCH_HOME")
    assert data_home().name == "tinytorch"


def test_the_machine_is_described():
    here = machine()
    assert here.numpy == np.__version__
    assert 1 <= usable_cores() == here.cores <= here.installed_cores


def test_the_doctor_lists_what_it_looked_at():
    names = [check.name for check in doctor().checks]
    assert {"python", "numpy", "blas", "cores", "memory", "product", "namespace"} <= set(names)
    assert "01 tinytorch.setup" in names


def test_the_installed_modules_know_their_place_in_the_course():
    first = modules()[0]
    assert (first.number, first.name, first.phase) == (1, "tinytorch.setup", "foundation")
    assert first.problem.endswith("?")
    assert first.can_do.endswith(".")
