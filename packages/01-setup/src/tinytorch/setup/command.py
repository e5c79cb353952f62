"""The command `tinytorch`, made with typer and rich; later packages add theirs.

A package adds a command by an entry point in the group `tinytorch.commands`: its name is the
command's, and the function that it names is made a command by typer.
"""

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from itertools import count
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tinytorch.setup.diagnosis import doctor
from tinytorch.setup.progression import PHASES, modules, outlook


def build() -> typer.Typer:
    """Return the application: the commands of this package and of the installed ones."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, help="TinyTorch, from a shell.")
    app.command("doctor")(show_doctor)
    app.command("modules")(show_modules)
    for point in entry_points(group="tinytorch.commands"):
        try:
            command = point.load()
        except Exception as error:  # one broken package must not take the others' commands away
            command = _broken(point.value, error)
        app.command(point.name)(command)
    return app


def _broken(origin: str, error: Exception) -> Callable[[], NoReturn]:
    """Return a command that says why the real one can't be loaded."""

    def broken() -> NoReturn:
        print(f"tinytorch: {origin} can't be loaded: {error!r}", file=sys.stderr)
        raise typer.Exit(1)

    broken.__doc__ = f"(broken) {origin} can't be loaded."
    return broken


def show_doctor() -> None:
    """Look over the machine and the installed packages."""
    report = doctor()
    table = Table(box=None, show_header=False)
    for check in report.checks:
        mark = Text("ok", "green") if check.ok else Text("WRONG", "bold red")
        table.add_row(mark, Text(check.name), Text(check.value))
        if check.mend:
            table.add_row("", "", Text(f"-> {check.mend}", "yellow"))
    console = Console()
    console.print(table)
    console.print(Text(report.verdict))
    if not report.ok:
        raise typer.Exit(1)


def show_modules(
    reached: Annotated[
        int | None,
        typer.Argument(help="The module you have reached; else the last one with none missing."),
    ] = None,
) -> None:
    """List the installed modules, what you can do now, and the problem that comes next."""
    installed = modules()
    numbers = [module.number for module in installed]
    if reached is None:
        reached = next(number for number in count(1) if number + 1 not in numbers)
    if reached not in numbers:
        print(f"tinytorch: module {reached} is not installed", file=sys.stderr)
        raise typer.Exit(1)
    table = Table(box=None)
    for heading in ("", "import", "version", "phase", "the problem it solves"):
        table.add_column(heading)
    for module in installed:
        table.add_row(
            Text(f"{module.number:02d}", "bold" if module.number <= reached else "dim"),
            Text(module.name),
            Text(module.version),
            Text(PHASES.get(module.phase, module.phase)),
            Text(module.problem),
        )
    console = Console()
    console.print(table)
    console.print(Text(outlook(installed, reached)))
