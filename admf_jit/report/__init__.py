"""What a run looks like: one page that a browser opens offline, and figures for notebooks.

A page is made of the run's directory alone (rows and manifest), and of the best containers, which are replayed for it.
Nothing here decides a number of a result.
"""

from admf_jit.report.run_report import REPORT_NAME, WrittenReport, run_page, write_container_report, write_run_report

__all__ = ["REPORT_NAME", "WrittenReport", "run_page", "write_container_report", "write_run_report"]
