"""`python -m tinytorch.setup`: what `tinytorch doctor` says, in plain text."""

import sys

from tinytorch.setup import doctor

if __name__ == "__main__":
    report = doctor()
    print(report)
    sys.exit(0 if report.ok else 1)
