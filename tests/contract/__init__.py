"""Tests of the public API against docs/trading-model.md and the contract, blind to the code behind it."""
