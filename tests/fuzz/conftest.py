"""These take minutes: `make fuzz` names the files, all else passes them by."""

collect_ignore_glob = ["test_*.py"]
