from types import SimpleNamespace

import pytest

from admf_jit.cli import main


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {"sample": 20, "seed": 0}),
        (("--sample", "3", "--seed", "9"), {"sample": 3, "seed": 9}),
        (("--all",), {"sample": None, "seed": 0}),
    ],
)
def test_the_sample_reaches_the_workflow(capsys, workflow, options, expected):
    def verify(run_directory, **asked):
        assert asked == expected
        return SimpleNamespace(checked=3, differences=[])

    workflow.verify = verify
    assert main(["verify", "runs/a-1", *options]) == 0
    assert "3 containers run again: all have the same bits" in capsys.readouterr().out


def test_a_difference_leaves_status_1(capsys, workflow):
    difference = "container 4: cagr 0.1, stored 0.2"
    workflow.verify = lambda run_directory, **asked: SimpleNamespace(checked=5, differences=[difference])
    assert main(["verify", "runs/a-1"]) == 1
    assert capsys.readouterr().out.splitlines() == [difference, "5 containers run again: 1 differ"]
