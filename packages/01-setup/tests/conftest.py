"""Distributions that are installed for one test."""

import pytest


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that lays out a distribution's files as pip does."""
    site = tmp_path / "site-packages"
    site.mkdir()

    def install(name, version="0.1.0", metadata="", points="", files=()):
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        head = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}"
        (info / "METADATA").write_text(head, encoding="utf-8")
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
        (info / "RECORD").write_text("".join(f"{path},,\n" for path, _ in files), encoding="utf-8")
        for path, text in files:
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(site)
        return site

    return install


@pytest.fixture
def announce(install):
    """Return a function that installs a module of the course."""

    def announce(number, leaf, metadata="", code='__version__ = "0.1.0"\n', version="0.1.0"):
        return install(
            f"tinytorch-{leaf}",
            version,
            metadata,
            f"[tinytorch.modules]\n{number} = tinytorch.{leaf}\n",
            [(f"tinytorch/{leaf}/__init__.py", code)] if code is not None else [],
        )

    return announce
