"""TA-Lib, installed in `.oracles/ta_lib`: indicators compared with it, and timed beside it."""
