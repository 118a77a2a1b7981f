"""A second implementation of docs/trading-model.md in plain Python floats, sharing no code with the kernels.

It is slow on purpose: every window is summed again at every bar and every metric is computed from whole
lists, so that each line can be read next to its rule.
"""
