"""Streaming indicators, one a file: a jitclass of scalars and the inlined function that feeds it a bar.

A window needs no buffer, because the column itself holds the old values. Values are meaningful from the
indicator's warm-up on (``docs/trading-model.md`` section 7); before it they are whatever has been summed so far,
and the engine does not ask the strategy yet.
"""
