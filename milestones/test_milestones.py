"""Every script, run in an empty folder, reaches its target and leaves its results there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted(Path(__file__).parent.glob("[0-9][0-9]-*/*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_script_reaches_its_target(script, tmp_path):
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as `nox -s milestones` runs them
    command = [sys.executable, script]
    done = subprocess.run(command, cwd=tmp_path, env=one, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "target" in done.stdout
    (results,) = tmp_path.glob("runs/*/*.json")
    kept = json.loads(results.read_text(encoding="utf-8"))
    assert kept["results"]
    assert {"seed", "machine", "commit", "packages"} <= kept.keys()
