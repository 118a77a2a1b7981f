"""Strategies of rules: ``entry: crosses_above(sma(close, fast), sma(close, slow)) and rsi(14) < upper``.

A rule is read (``reading``), its words are those of ``words``, its indicators are declared (``declared``), and all
becomes the text of a class (``written``), which is declared as a user's own. So nothing behind it knows of rules.
"""

from admf_jit.strategies.rules.written import Rules, rules, rules_class, rules_of

__all__ = ["Rules", "rules", "rules_class", "rules_of"]
