import pytest

from tinytorch.tensor.recording import installed


@pytest.fixture(autouse=True)
def _nothing_records():
    """These tests are of this package alone, also where module 07 is imported beside it."""
    before = installed.recorder
    installed.recorder = None
    yield
    installed.recorder = before
