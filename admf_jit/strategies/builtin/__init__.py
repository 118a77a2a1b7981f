"""The built-in strategies, one a file; ``docs/trading-model.md`` section 8 states their rules."""
