"""The benchmarks; what they run is recorded in a ledger of trials of their own."""

from tests import LEDGERS as LEDGERS
