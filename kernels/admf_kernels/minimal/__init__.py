"""Isolation ``minimal``: containers share columns and answers, and step over bars that change nothing."""
