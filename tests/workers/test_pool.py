"""How a sweep is spread over workers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit.workers.pool import plan_batches, usable_cores


@given(
    st.integers(1, 5000),
    st.one_of(st.none(), st.integers(1, 64)),
    st.one_of(st.none(), st.integers(1, 600)),
    st.one_of(st.none(), st.integers(1, 2000)),
)
def test_never_more_in_flight_than_the_cap(
    n_containers: int, n_jobs: int | None, batch_size: int | None, cap: int | None
) -> None:
    plan = plan_batches(n_containers, n_jobs=n_jobs, batch_size=batch_size, cap=cap)
    assert plan.n_jobs >= 1 and plan.batch_size >= 1 and plan.dispatched >= plan.n_jobs
    assert plan.in_flight == plan.batch_size * plan.dispatched
    if cap is not None:
        assert plan.in_flight <= cap
    assert plan.n_jobs <= (n_jobs or usable_cores())
    assert plan.n_jobs <= n_containers
    if batch_size is not None:
        assert plan.batch_size <= batch_size


def test_every_worker_gets_several_batches() -> None:
    plan = plan_batches(1188, n_jobs=4, batch_size=None, cap=1000)
    assert plan.n_jobs == 4
    assert 1188 / plan.batch_size >= 2 * plan.n_jobs


@pytest.mark.parametrize("n_jobs", [None, 0, -1])
def test_all_cores_unless_said_otherwise(n_jobs: int | None) -> None:
    plan = plan_batches(10_000, n_jobs=n_jobs, batch_size=None, cap=None)
    assert plan.n_jobs == usable_cores()
