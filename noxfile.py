# /// script
# requires-python = ">=3.11"
# dependencies = ["nox[uv]>=2025.11"]
# ///
"""The way in: `python -m nox` shows every package green, `python -m nox -l` lists the rest."""

# Where nox misses what the block above names, it makes itself an environment that has it: uv, with
# which a session's environment takes about two seconds. Virtualenv and pip do the same, slower.
#
# Packages and milestones are found, not listed: adding a folder is all it takes. Our own packages
# are installed from the wheels in dist/, by path, the whole closure of what is declared, never by
# name from an index: whoever owns a name there would own the user's machine.

import json
import os
import shutil
import sys
from pathlib import Path

import nox
from nox.project import dependency_groups, load_toml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / ".ci"))
from workspace import closure, is_ours, packages  # noqa: E402

nox.needs_version = ">=2025.11"
nox.options.default_venv_backend = "uv|virtualenv"

DIST = ROOT / "dist"
COVERED = 95  # per cent of a package's branches, by its own tests
PACKAGES = packages(ROOT)
EVERYTHING = [package.name for package in PACKAGES]
MILESTONES = sorted(ROOT.glob("milestones/[0-9][0-9]-*"))

# What installs our wheels starts from a clean environment even under --reuse-existing-virtualenvs:
# an older wheel of the same version would stay.
FROM_WHEELS = {"requires": ["build"], "reuse_venv": False}


def tools(*groups):
    """The requirements of dependency groups of the root's pyproject.toml."""
    return dependency_groups(load_toml(ROOT / "pyproject.toml"), *groups)


def wheel(package):
    """The path of the wheel that this run's build session made of a package."""
    (path,) = DIST.glob(f"{package.name.replace('-', '_')}-*.whl")
    return str(path.relative_to(ROOT))


def install(session, names, *requirements):
    """Install packages of ours and all that they declare from wheels, and other requirements."""
    session.install(*map(wheel, closure(PACKAGES, names)), *requirements)


def groups(name):
    """The requirements of every package's dependency group of that name."""
    return sorted({requirement for package in PACKAGES for requirement in package.group(name)})


def leaves():
    """Every package's src: what only reads sources needs no installed package."""
    return os.pathsep.join(str(package.folder / "src") for package in PACKAGES)


@nox.session(default=False)
def build(session):
    """Build the wheels of all packages into dist/."""
    session.install("hatchling>=1.27")
    shutil.rmtree(DIST, ignore_errors=True)
    command = "python", "-m", "hatchling", "build", "-t", "wheel", "-d", str(DIST)
    for package in PACKAGES:
        with session.chdir(package.folder):
            session.run(*command, silent=True)


def module(package):
    """Make the session that tests one package alone."""

    def test(session):
        install(session, [package.name], *tools("test"), *package.group("test"))
        names = (other.name for other in closure(PACKAGES, [package.name]))
        session.run("python", "-I", ".ci/installed.py", package.module, *names)
        session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()) / "coverage")
        report = Path(session.create_tmp()) / "coverage.json"
        session.run(
            *("python", "-m", "pytest", f"packages/{package.folder.name}/tests"),
            *(f"--cov={package.module}", "--cov-branch", f"--cov-fail-under={COVERED}"),
            *("--cov-report=term-missing", f"--cov-report=json:{report}"),
            *session.posargs,
        )
        totals = json.loads(report.read_text())["totals"]
        covered, branches = totals["covered_branches"], totals["num_branches"]
        session.log(f"The tests cover {covered} of {branches} branches.")
        if covered * 100 < COVERED * branches:
            session.error(f"{package.name}: expected {COVERED} % of its branches covered")
        session.log(f"Now you can {package.solution}")
        for following in PACKAGES:
            if int(following.number) == int(package.number) + 1:
                session.log(f"The problem that {following.number} solves: {following.problem}")

    test.__doc__ = f"{package.module}, tested with what it declares and nothing else."
    tags = ["modules", package.phase]
    nox.session(test, name=f"module-{package.number}", tags=tags, **FROM_WHEELS)


for package in PACKAGES:
    module(package)


@nox.session(**FROM_WHEELS)
def stack(session):
    """All packages in one environment: their tests, the milestones', the repository's checks."""
    install(session, EVERYTHING, *tools("test", "checks", "milestones"), *groups("test"))
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def graph(session):
    """The order of the modules: every import points to a smaller number."""
    session.install(*tools("graph"))
    config = Path(session.create_tmp()) / "importlinter"
    modules = [package.module for package in PACKAGES]
    contract = "[importlinter:contract:order]\nname = Every arrow points backward\ntype = layers\n"
    config.write_text(
        "\n    ".join(["[importlinter]\nroot_packages =", *modules])
        + "\n    ".join([f"\n{contract}layers =", *reversed(modules)])
    )
    session.run("lint-imports", "--config", str(config), "--no-cache", env={"PYTHONPATH": leaves()})


@nox.session
def lint(session):
    """Ruff: the rules and the format of pyproject.toml."""
    session.install(*tools("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session):
    """Mypy, strict, over every package and the repository's checks."""
    required = {str(r) for p in PACKAGES for r in [*p.dependencies, *p.extras] if not is_ours(r)}
    session.install(*tools("types", "test", "checks"), *sorted(required))
    modules = [argument for package in PACKAGES for argument in ("-p", package.module)]
    session.run("mypy", *modules, env={"MYPYPATH": leaves()})
    session.run("mypy", ".ci", env={"MYPYPATH": ".ci"})


@nox.session(**FROM_WHEELS)
def docs(session):
    """The site into runs/site/, strictly; `-- serve` shows it while you write."""
    install(session, EVERYTHING, "-r", "docs/requirements.txt")
    # The theme's notice of its own successor is no warning about this site.
    quiet = {"NO_MKDOCS_2_WARNING": "true"}
    session.run("mkdocs", *(session.posargs or ["build", "--strict"]), env=quiet)


# With pip, not uv: pip finds PyTorch's CPU builds wherever a machine is set up to give them.
@nox.session(default=False, venv_backend="virtualenv", **FROM_WHEELS)
def parity(session):
    """Every public name held against PyTorch."""
    install(session, EVERYTHING, *tools("test", "parity"), *groups("parity"))
    folders = [path for package in PACKAGES for path in package.folder.glob("parity")]
    session.run("python", "-m", "pytest", *(session.posargs or map(str, folders)))


@nox.session(default=False, venv_backend="virtualenv", **FROM_WHEELS)
def bench(session):
    """The benchmarks against PyTorch, in alternation; for a machine that does nothing else."""
    install(session, EVERYTHING, *tools("parity"), *groups("parity"))
    session.run("python", "packages/19-benchmarking/bench", *session.posargs)


def milestone(folder):
    """Make the session that runs the scripts of one milestone, and return its name."""
    scripts = sorted(path for path in folder.glob("*.py") if not path.name.startswith("test_"))
    # A script that names its dependencies runs with those alone, before the full stack arrives.
    alone = {path: load_toml(path, missing_ok=True).get("dependencies") for path in scripts}

    def run(session):
        for script in sorted(scripts, key=lambda path: alone[path] is None):
            if alone[script] is None:
                install(session, EVERYTHING, *tools("milestones"))
            else:
                needs = [Requirement(text) for text in alone[script]]
                others = (str(need) for need in needs if not is_ours(need))
                install(session, [need.name for need in needs if is_ours(need)], *others)
            # One thread multiplies small matrices as fast, and waits for nobody on a busy machine.
            one = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
            session.run("python", str(script.relative_to(ROOT)), *session.posargs, env=one)

    heading = (folder / "README.md").read_text("utf-8").partition("\n")[0]
    run.__doc__ = f"{heading.partition(' · ')[2]}: trained on the embedded data."
    name = f"milestone-{folder.name[:2]}"
    nox.session(run, name=name, default=False, **FROM_WHEELS)
    return name


@nox.session(default=False, venv_backend="none", requires=[milestone(path) for path in MILESTONES])
def milestones(session):
    """All milestones in order, each with the full stack installed as a user would."""
    session.log("Every milestone ran. Results and pictures are in runs/.")
