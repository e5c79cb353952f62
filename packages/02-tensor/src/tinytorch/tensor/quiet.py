"""NumPy warns of a division by zero, of infinite and undefined results; a Tensor just has them."""

import numpy as np

quiet = np.errstate(all="ignore")
"""A decorator: the function without NumPy's warnings, for half a microsecond a call."""
