"""Strategies: what a class may declare, how it is compiled, and the ones that come with the package."""
