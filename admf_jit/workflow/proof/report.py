"""What a check of a strategy found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from admf_jit.wording import counted

#: Kinds of findings. The first one alone means that results are wrong; the others are to be known.
LOOK_AHEAD = "look-ahead"
NOT_CHECKED = "not checked"
DEAD_PARAMETER = "dead parameter"
WARM_UP = "warm-up"
START_DATE = "start date"
LAST_BAR = "last bar"


@dataclass(frozen=True)
class Finding:
    """Something that a check found: its kind, and what it is in a sentence."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class CheckReport:
    """The findings of a check, and how much was run for it: containers, places where the future was changed, runs."""

    strategy: str
    containers: int
    cuts: int
    runs: int
    findings: tuple[Finding, ...]

    @property
    def looks_ahead(self) -> bool:
        """Whether anything up to a bar changed with the bars after it."""
        return any(finding.kind == LOOK_AHEAD for finding in self.findings)

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        if self.looks_ahead:
            return f"{self.strategy} looks ahead"
        if any(finding.kind == NOT_CHECKED for finding in self.findings):
            return f"{self.strategy}: no look-ahead was found in what could be checked, which is not everything"
        return f"{self.strategy}: no look-ahead was found"

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {**asdict(self), "findings": [asdict(finding) for finding in self.findings], "verdict": self.verdict}

    def __str__(self) -> str:
        said = "".join(f"\n{finding}" for finding in self.findings)
        counts = (counted(self.containers, "container"), counted(self.cuts, "place"), counted(self.runs, "run"))
        return f"{self.verdict} ({', '.join(counts)}){said}"
