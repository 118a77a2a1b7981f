"""Output that is kept back, and where it cannot be."""

import sys
import threading

import pytest

from admf_jit.workers.output import without_output


def test_nothing_comes_out_in_the_main_thread(capsys: pytest.CaptureFixture[str]) -> None:
    with without_output():
        print("twice")
    print("once")
    assert capsys.readouterr().out == "once\n"


def test_threads_leave_standard_output_where_it_is() -> None:
    before, seen = sys.stdout, []

    def work() -> None:
        with without_output():
            seen.append(sys.stdout)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [before] * 8 and sys.stdout is before
