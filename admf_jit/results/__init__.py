"""Results: one row per container, the directory of a run, and how both are shown.

Stands beside the rest: nothing here knows how a container is run. Arrow and rich are imported where they are
used, so that the command line can print its help without them.
"""

from admf_jit.results.adoption import Places
from admf_jit.results.block import ResultBlock, make_canonical
from admf_jit.results.columns import swept_types
from admf_jit.results.location import default_directory
from admf_jit.results.manifest import machine, versions
from admf_jit.results.progress import Progress
from admf_jit.results.ranking import count_statuses
from admf_jit.results.row import FAILED, OK, ContainerResult, result_hash, status_of
from admf_jit.results.run_directory import RunDirectory
from admf_jit.results.stored import StoredTable
from admf_jit.results.trace import BacktestResult

__all__ = [
    "FAILED",
    "OK",
    "BacktestResult",
    "ContainerResult",
    "Places",
    "Progress",
    "ResultBlock",
    "RunDirectory",
    "StoredTable",
    "count_statuses",
    "default_directory",
    "machine",
    "make_canonical",
    "result_hash",
    "status_of",
    "swept_types",
    "versions",
]
