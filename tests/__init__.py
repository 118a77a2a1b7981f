"""The tests. Whatever is started from here, by pytest or not, keeps away from the user's ledger of trials."""

import os
import tempfile

#: Says that the ledger is one of tests already: a process that a test starts goes on with that of the test.
_OF_TESTS = "ADMF_JIT_LEDGERS_OF_TESTS"

if _OF_TESTS not in os.environ:
    _folder = tempfile.TemporaryDirectory(prefix="admf_jit-ledgers-")
    os.environ[_OF_TESTS] = _folder.name
    os.environ["ADMF_JIT_LEDGER_DIR"] = os.path.join(_folder.name, "first")

#: A folder for ledgers, gone when the tests end.
LEDGERS = os.environ[_OF_TESTS]
