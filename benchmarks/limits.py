"""What must hold on two cores, in the units in which it is said.

Times are ratios to what the machine itself takes, measured in the same session (`yardsticks.py`): "loops" to a bar of
the plain loop over local variables, "starts" to a start of Python with NumPy and pandas, "compilations" to what Numba
takes for a function of ten lines.
"""

from typing import NamedTuple


class Limit(NamedTuple):
    """The largest figure allowed, and its unit: loops, starts, compilations, times, KiB, MiB, %, ms or s."""

    value: float
    unit: str


#: By isolation.
GRID_WARM = {"full": Limit(3.0, "loops"), "minimal": Limit(2.0, "loops")}
#: From nothing compiled to the table, all of it on the machine: the engine is compiled once.
GRID_EMPTY_CACHE = {"full": Limit(250.0, "compilations"), "minimal": Limit(250.0, "compilations")}
KERNEL = {"full": Limit(1.8, "loops"), "minimal": Limit(0.3, "loops")}
CONTAINER_STATE = {"full": Limit(32.0, "KiB"), "minimal": Limit(4.0, "KiB")}
#: A backtest of one strategy, from the start of the process to its result.
ONE_BACKTEST = Limit(2.0, "starts")
HELP = Limit(0.2, "starts")
TYPO = Limit(0.8, "starts")
#: Processor time of `aj.backtest` of a strategy whose text is new, with all engines compiled: in a process that has run
#: another strategy, and in a new one.
EDIT = Limit(18.0, "compilations")
EDIT_IN_A_NEW_PROCESS = Limit(28.0, "compilations")
#: Processor time of `admf_jit warm --engines` in an empty cache: every engine, and the columns of common indicators.
WARM = Limit(700.0, "compilations")
#: Private memory that a worker may gain from 10 to 1,000 containers: a few pages that an allocator keeps.
WORKER_GROWTH = Limit(256.0, "KiB")
#: A strategy with market orders alone, against the version that had nothing else.
SLOWDOWN = Limit(1.10, "times")
#: Isolation minimal, which a sweep takes by itself where it can, against full: as fast at the least, but for the noise.
MINIMAL_AGAINST_FULL = Limit(1.10, "times")
#: The same for a strategy that asks for the side of its position, whose answers are shared for each side.
BY_SIDE = Limit(0.5, "times")
#: The same for one that looks at its entry, which each container asks for itself from fill to fill.
FILL_TO_FILL = Limit(0.6, "times")
#: All processes of a sweep of a million containers over 10,000 bars, of its report and of its resume.
MILLION_MEMORY = Limit(1024.0, "MiB")
#: The page of a run by `report --html`, from the start of its process to its end, and what the page takes on the disk.
REPORT_TIME = {1_000: Limit(2.5, "s"), 100_000: Limit(10.0, "s"), 1_000_000: Limit(30.0, "s")}
REPORT_SIZE = {1_000: Limit(6.0, "MiB"), 100_000: Limit(12.0, "MiB"), 1_000_000: Limit(16.0, "MiB")}
REPORT_MEMORY = Limit(1024.0, "MiB")
#: A bar of `admf_jit live`, from its line to what comes of it written: processor time, after warm-up.
LIVE_MEDIAN = Limit(0.2, "ms")
LIVE_SLOWEST = Limit(1.0, "ms")
#: What its memory gains over a million bars.
LIVE_GROWTH = Limit(4.0, "MiB")
#: What `plan` predicts against what is measured, the larger over the smaller.
PREDICTED_TIME = Limit(2.0, "times")
PREDICTED_MEMORY = Limit(1.5, "times")
#: Of two workers' time, what a second worker does not save; of runs of 5 s and more.
EFFICIENCY = Limit(5.0, "%")
#: Time per container and bar, from 100 to 100,000 containers and from 10,000 to 1,000,000 bars.
FLATNESS = Limit(1.15, "times")
#: Full isolation, with the stack wherever it may be in a page of memory: the longest time over the usual one.
STACK_PLACE = Limit(1.20, "times")
#: From Ctrl-C to the end of the command.
INTERRUPTED = Limit(5.0, "starts")
#: What one crashing container of 1,000 adds to the time of a run of 10 s and more.
RETRIES = Limit(20.0, "%")
#: A file of 5,000,000 rows loaded, against pandas (`read_csv` with `to_datetime`, `read_parquet`) in the same session:
#: processor time, and the peak memory of the process. By default what came of a file of text is written to the cache,
#: with the digest of the file and checksums of the columns; that is less work than to read text, and nearly as much as
#: to read Parquet, which is therefore kept when it is first run.
LOAD_TIME = {"epochs": Limit(1.5, "times"), "iso": Limit(1.5, "times"), "parquet": Limit(1.5, "times")}
#: The same with `keep=False`.
READ_TIME = Limit(1.5, "times")
LOAD_MEMORY = Limit(1.0, "times")
#: A file of 500,000 rows that is refused or turned round, against one in good order; naming a row counts its lines.
REFUSAL = Limit(6.0, "times")
#: A strategy with the checks of its indexes and divisors, against the same without.
CHECKS = Limit(1.05, "times")
#: The headline sweep by workers of loky that are there already, against forked processes.
LOKY_AGAINST_FORKS = {"full": Limit(1.5, "times"), "minimal": Limit(1.5, "times")}
#: The headline grid with sums by period noted, of 16 blocks and of months, against without: processor time.
NOTED_PERIODS = Limit(1.05, "times")
#: PBO of 100,000 containers over the 12,870 splits of 16 blocks: processor time, and the process's peak memory.
OVERFITTING_TIME = Limit(15.0, "s")
OVERFITTING_MEMORY = Limit(1000.0, "MiB")
#: One changed or deleted entry among 1,000,000 of the ledger of trials is found, in processor time.
LEDGER_VERIFY = Limit(3.0, "s")
#: A sweep of a million containers is added to the ledger, beside a million others too: processor time.
LEDGER_APPEND = Limit(1.5, "s")
#: The headline sweep that is recorded in the ledger, against one that is not: processor time.
RECORDED = Limit(1.05, "times")
#: The headline sweep by a Dask cluster on this machine: seconds more than by forked processes.
DASK_BESIDE_FORKS = Limit(1.5, "s")
#: A million containers over 10,000 bars by a Dask cluster on this machine, against forked processes.
DASK_AGAINST_FORKS = Limit(1.15, "times")
#: What `plan --hosts` predicts for a cluster of one and of two workers, against what the sweep then took.
PREDICTED_HOSTS = Limit(1.5, "times")
