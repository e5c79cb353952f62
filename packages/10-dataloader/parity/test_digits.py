"""The embedded digits against scikit-learn's copy, from which they were made."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tinytorch.dataloader import Digits


@pytest.mark.parity("Digits")
def test_digits():
    source = load_digits()
    for train, part in ((True, slice(0, 1437)), (False, slice(1437, 1797))):
        digits = Digits(train=train)
        np.testing.assert_array_equal(digits.data.numpy()[:, 0] * 16, source.images[part])
        np.testing.assert_array_equal(digits.targets.numpy(), source.target[part])
