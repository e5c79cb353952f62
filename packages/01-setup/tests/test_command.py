"""The command `tinytorch`, with its extra and without."""

import sys
from importlib.metadata import entry_points

import pytest

from tinytorch.setup import Check, Report, modules
from tinytorch.setup.launcher import main

GREET = """
import typer

def greet(name: str):
    \"\"\"Greet somebody.\"\"\"
    print("hello", name)
    raise typer.Exit(3)
"""


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs the command and returns its exit code and its words."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tinytorch", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return end.value.code, " ".join(out.split()), err

    return run


@pytest.mark.parametrize("missing", ["typer", "rich.console"])
def test_without_the_extra_it_says_how_to_get_it(run, monkeypatch, missing):
    monkeypatch.delitem(sys.modules, "tinytorch.setup.command", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    code, out, err = run("doctor")
    assert code == 1
    assert out == ""
    assert "pip install 'tinytorch-setup[cli]'" in err


def test_the_console_script_is_this_command():
    (script,) = entry_points(group="console_scripts", name="tinytorch")
    assert script.load() is main


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_doctor(run, monkeypatch, ok, code):
    report = Report((Check("blas", ok, "old [bold]", "get another"),))
    monkeypatch.setattr("tinytorch.setup.command.doctor", lambda: report)
    assert run("doctor") == (
        code,
        f"{'ok' if ok else 'WRONG'} blas old [bold] -> get another {report.verdict}",
        "",
    )


def test_doctor_of_this_machine(run):
    _, out, _ = run("doctor")
    assert "01 tinytorch.setup" in out


def test_modules_ends_with_what_you_can_do_now(run):
    code, out, _ = run("modules", "1")
    assert code == 0
    assert "01 tinytorch.setup 0.1.0 Foundation Does my machine work" in out
    assert "01 done. You can now: check the machine" in out


def test_modules_ends_before_the_first_that_is_missing(run, monkeypatch):
    installed = tuple(modules()[0]._replace(number=n, can_do=f"do {n}.") for n in (1, 2, 3, 5, 9))
    monkeypatch.setattr("tinytorch.setup.command.modules", lambda: installed)
    assert run("modules")[1].endswith("03 done. You can now: do 3.")
    monkeypatch.setattr("tinytorch.setup.command.modules", lambda: installed[:1])
    assert run("modules")[1].endswith("01 done. You can now: do 1.")


def test_modules_up_to_a_chosen_one(run, announce):
    announce(40, "lamps", "Summary: It is dark → switch on the light.\n")
    announce(41, "candles", "Summary: The power is out → light a candle.\n")
    assert run("modules", "41")[1].endswith("41 done. You can now: light a candle.")
    assert run("modules", "40")[1].endswith(
        "40 done. You can now: switch on the light. Next, 41: The power is out"
    )


def test_a_module_that_is_not_installed_cannot_be_reached(run):
    code, _, err = run("modules", "99")
    assert code == 1
    assert "module 99 is not installed" in err


def test_a_package_adds_its_command(run, install, monkeypatch):
    install(
        "tinytorch-greetings",
        points="[tinytorch.commands]\ngreet = greetings:greet\nlost = greetings:lost\n",
        files=[("greetings.py", GREET)],
    )
    assert run("greet", "world") == (3, "hello world", "")
    code, out, err = run("lost")
    assert (code, out) == (1, "")
    assert "greetings:lost can't be loaded: AttributeError" in err
    monkeypatch.delitem(sys.modules, "greetings")
