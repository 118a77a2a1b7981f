"""`python -m admf_jit`: the command line."""

import sys

from admf_jit.cli import command

# Guarded, because worker processes import this module again under another name.
if __name__ == "__main__":
    sys.exit(command())
