"""Differential suites need another engine installed: `make oracles` names their files, all else passes them by."""

collect_ignore_glob = ["*/test_differential.py"]
