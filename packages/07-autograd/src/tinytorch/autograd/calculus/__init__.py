"""The derivatives of the primitives of modules 02 to 05, in tables by topic."""
