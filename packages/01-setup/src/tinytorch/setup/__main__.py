"""`python -m tinytorch.setup`: what `tinytorch doctor` says, in plain text."""

import argparse
import sys

from tinytorch.setup import doctor

if __name__ == "__main__":
    about = "Look over the machine and the installed packages."
    argparse.ArgumentParser("python -m tinytorch.setup", description=about).parse_args()
    report = doctor()
    print(report)
    sys.exit(0 if report.ok else 1)
