"""Isolation ``minimal``: containers share columns and signals, and step over bars that change nothing."""
