"""Pinned results: what 2,000 random configurations came to; ``python -m tests.pins`` runs them again."""
