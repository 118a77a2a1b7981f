"""Long suites of random cases: `make fuzz` names them, all else passes them by."""
