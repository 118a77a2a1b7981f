import json

import pytest

from benchmarks.report import judge, main, parallel_efficiency, per_bar


def entry(name="test_any", minimum=2.0, **facts):
    fullname = f"benchmarks/test_file.py::{name}"
    return {"name": name, "fullname": fullname, "stats": {"min": minimum, "rounds": 3}, "extra_info": facts}


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (entry(limit=[2.0, "s"]), "ok"),
        (entry(limit=[1.9, "s"]), "OVER"),
        (entry(limit=[20.0, "ns"], bars=100_000_000), "ok"),
        (entry(limit=[20.0, "ns"], bars=99_000_000), "OVER"),
        (entry(limit=[64.0, "KiB"], value=64.5), "OVER"),
        (entry(), ""),
    ],
)
def test_a_limit_is_held_against_the_figure_in_its_unit(measured, verdict):
    assert judge(measured)[1] == verdict


def test_time_per_bar_comes_from_the_best_round():
    assert per_bar(entry(minimum=1.0, bars=50_000_000)) == 20.0


def test_efficiency_compares_with_one_worker_over_the_same_containers():
    alone = entry(minimum=3.0, containers=10, workers=1)
    other = entry(minimum=9.0, containers=100, workers=1)
    pair = entry(minimum=2.0, containers=10, workers=2)
    assert parallel_efficiency(pair, [other, alone, pair]) == 0.75
    assert parallel_efficiency(pair, [pair]) is None
    assert parallel_efficiency(alone, [alone]) is None


def test_the_report_is_one_table_with_every_benchmark(tmp_path, capsys):
    path = tmp_path / "session.json"
    entries = [
        entry("test_quick_one", limit=[0.5, "s"], detail="says more"),
        entry("test_scaling[2-10]", bars=1_000_000, containers=10, workers=2, results="0123456789abcdef"),
    ]
    machine = {"machine": "x86_64", "python_version": "3.11.7", "cpu": {}}
    path.write_text(json.dumps({"benchmarks": entries, "machine_info": machine}))
    main(path)
    printed = capsys.readouterr().out
    assert printed.count("┏") == 1
    for text in ("quick one", "says more", "OVER", "5 containers/s", "0123456789ab", "0 of 1 limits hold"):
        assert text in printed
