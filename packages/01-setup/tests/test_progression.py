"""The installed modules, as their metadata tells."""

import re
from importlib import metadata

import pytest

from tinytorch.setup import PHASES, modules
from tinytorch.setup.progression import outlook

ABOUT = "Summary: It is dark → switch on the light.\nKeywords: modern\n"


def test_a_module_announces_itself(announce):
    announce(
        11,
        "lamps",
        ABOUT + "Requires-Dist: numpy<3,>=2.0\nRequires-Dist: rich; extra == 'cli'\n",
        version="0.3.1",
    )
    lamps = next(module for module in modules() if module.number == 11)
    assert lamps.name == "tinytorch.lamps"
    assert lamps.distribution == "tinytorch-lamps"
    assert lamps.version == "0.3.1"
    assert PHASES[lamps.phase] == "Modern AI"
    assert lamps.problem == "It is dark"
    assert lamps.can_do == "switch on the light."
    assert lamps.requires == ("numpy<3,>=2.0",)


def test_modules_come_in_the_order_of_their_numbers(announce):
    for number, leaf in ((21, "a"), ("007", "c"), (9, "b")):
        announce(number, leaf)
    numbers = [module.number for module in modules()]
    assert numbers == sorted(numbers)
    assert {1, 7, 9, 21} <= set(numbers)


def test_a_module_may_say_nothing_of_itself(announce):
    announce(21, "silent")
    silent = modules()[-1]
    assert (silent.problem, silent.can_do, silent.phase, silent.requires) == ("", "", "", ())


def test_a_number_must_be_one(announce):
    announce("last", "odd")
    message = "modules: tinytorch-odd announces tinytorch.odd as 'last', expected the module's"
    with pytest.raises(ValueError, match=re.escape(message)):
        modules()


def test_an_entry_point_of_no_distribution_is_passed_over(monkeypatch):
    point = metadata.EntryPoint("21", "tinytorch.ghost", "tinytorch.modules")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point])
    assert modules() == ()


def test_the_outlook_names_the_next_problem_where_it_is_known(announce):
    announce(40, "lamps", ABOUT)
    announce(41, "candles", "Summary: The power is out → light a candle.\n")
    installed = modules()
    line = outlook(installed, 40)
    assert line == "40 done. You can now: switch on the light. Next, 41: The power is out"
    assert outlook(installed, 41) == "41 done. You can now: light a candle."
