"""Parsers under coverage-guided fuzzing: `make fuzz-parsers`, or `python -m tests.fuzz.parsers TARGET --runs N`.

A target is a module with

- ``check(data)``: let the product read these bytes. They are accepted, and then what was read holds together; or they
  are refused by an error of the package. Anything else is raised, and is a finding. Returns whether they were accepted.
- ``SEEDS``: inputs to start from, accepted ones among them.
- ``DICTIONARY``: texts that the mutations put in.
- ``mutate(data, random)``: one change that knows the structure of the input.

The inputs of past findings are kept under ``corpus/TARGET``, and ``test_corpus.py`` replays them in ``make test``.
"""
