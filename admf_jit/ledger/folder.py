"""Where the ledger is: the user's data folder, which nothing cleans up, or one that an environment variable names."""

import os
from pathlib import Path

import platformdirs

#: Set to a folder to keep the ledger of trials there instead of in the user's data folder.
LEDGER_VARIABLE = "ADMF_JIT_LEDGER_DIR"
LEDGER_NAME = "trials.sqlite"


def ledger_path() -> Path:
    """The file of the ledger, in ``$ADMF_JIT_LEDGER_DIR`` or the user's data folder."""
    chosen = os.environ.get(LEDGER_VARIABLE)
    return (Path(chosen) if chosen else platformdirs.user_data_path("admf_jit")) / LEDGER_NAME
