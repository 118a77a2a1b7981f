"""The place in a user's file that a line of generated code came from."""

from dataclasses import dataclass, field
from pathlib import Path

#: What the files are called that the classes of rules are kept as.
RULES_FILE = "<rules "


@dataclass(frozen=True)
class Origin:
    """Where a line of generated code came from."""

    file: str
    line: int
    #: The line itself, for processes that cannot look into a notebook's cells.
    text: str = field(default="", compare=False)

    def __str__(self) -> str:
        # A cell's file name holds the kernel's process id: rows of one failure would not be the same twice.
        if Path(self.file).parent.name.startswith("ipykernel_") or self.file.startswith("<ipython-input"):
            return f"notebook cell, line {self.line}"
        if self.file.startswith(RULES_FILE):
            return "the strategy's rules"
        return f"{self.file}:{self.line}"
