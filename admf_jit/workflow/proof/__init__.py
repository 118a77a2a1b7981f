"""Whether a strategy sees the future: containers run again on data that end early, or whose future is another one."""

from admf_jit.workflow.proof.check import check
from admf_jit.workflow.proof.report import CheckReport, Finding
from admf_jit.workflow.proof.subject import Subject, subject_of

__all__ = ["CheckReport", "Finding", "Subject", "check", "subject_of"]
