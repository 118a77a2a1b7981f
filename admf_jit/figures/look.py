"""Colours that figures share, told apart by people who are colour-blind (Okabe and Ito, 2008)."""

RISE, FALL = "#0072b2", "#b34700"
LINES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c00", "#7f7f7f")
HELD = "#7f7f7f"
SCALE = "Cividis"
