"""The compiled core: one container's event bus, indicators, broker, portfolio and metrics.

Numba and NumPy only. Everything here also runs as plain Python (``NUMBA_DISABLE_JIT=1``) and gives the same bits.
"""
