"""The ledger of trials: every container that was ever run on some data, in a file that only grows and is hash-chained.

It imports nothing of the package: a trial is three numbers, and data are known by their digest.
"""

from admf_jit.ledger.counting import Counted, count
from admf_jit.ledger.entries import TRIAL, Entry, trials_of
from admf_jit.ledger.folder import LEDGER_VARIABLE, ledger_path
from admf_jit.ledger.store import Fault, Ledger
from admf_jit.ledger.transfer import export_lines, import_lines

__all__ = [
    "LEDGER_VARIABLE",
    "TRIAL",
    "Counted",
    "Entry",
    "Fault",
    "Ledger",
    "count",
    "export_lines",
    "import_lines",
    "ledger_path",
    "trials_of",
]
