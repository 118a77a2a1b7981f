"""The command that is killed: a sweep over two workers in small batches, which writes a part for each."""

import sys

from admf_jit.cli import main
from admf_jit.results import run_directory

if __name__ == "__main__":
    run_directory._SECONDS_PER_PART = 0.0
    config, out = sys.argv[1:]
    sys.exit(main(["grid", config, "--out", out, "--n-jobs", "2", "--batch-size", "20"]))
