"""The `walk_forward` block: how long the windows are in which a search is repeated, and what follows each."""

from pydantic import Field

from admf_jit.config.section import Section


class WalkForwardConfig(Section):
    """Windows of bars: a search over each, and its best row over the bars that come next."""

    train: int = Field(ge=2, description="a whole number >= 2: bars of each window that a search is run over")
    test: int = Field(ge=2, description="a whole number >= 2: bars after it over which its best row is run")
    gap: int = Field(default=0, ge=0, description="a whole number >= 0: bars between the two, which neither takes")
    anchored: bool = Field(default=False, description="true: every window begins with the first bar, and they grow")
