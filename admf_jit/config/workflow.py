"""The `workflow` block: where randomness starts, and the phases of a workflow."""

from pydantic import Field

from admf_jit.config.phases import PhaseConfig
from admf_jit.config.section import Section


class ReproducibilityConfig(Section):
    """The seed from which every container's own seed is derived, and the order of the results."""

    master_seed: int = Field(default=0, ge=0, lt=2**63, description="a whole number from 0 to 2**63 - 1")
    deterministic_ordering: bool = Field(default=True, description="true or false")


class WorkflowConfig(Section):
    """The `workflow` block."""

    added = ("phases",)
    reproducibility: ReproducibilityConfig = ReproducibilityConfig()
    phases: dict[str, PhaseConfig] = Field(default={}, description="a mapping of names to phases")
