"""How a sweep is spread over workers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admf_jit.workers.plan import Plan, plan_batches, seconds_of_container, usable_cores


@given(
    st.integers(1, 5000),
    st.one_of(st.none(), st.integers(1, 64)),
    st.one_of(st.none(), st.integers(1, 600)),
    st.one_of(st.none(), st.integers(1, 2000)),
    st.one_of(st.none(), st.integers(1, 600)),
)
def test_never_more_in_flight_than_the_cap_nor_more_processes_than_are_admitted(
    n_containers: int, n_jobs: int | None, batch_size: int | None, cap: int | None, admitted: int | None
) -> None:
    plan = plan_batches(n_containers, n_jobs=n_jobs, batch_size=batch_size, cap=cap, admitted=admitted)
    assert plan.n_jobs <= (admitted or plan.n_jobs)
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


@given(st.integers(0, 5000), st.integers(1, 9), st.integers(1, 600), st.one_of(st.none(), st.integers(1, 50)))
def test_batches_get_smaller_and_leave_nothing_out(n: int, n_jobs: int, largest: int, smallest: int | None) -> None:
    sizes = list(Plan(n_jobs, largest, n_jobs, smallest).sizes(n))
    assert sum(sizes) == n and all(size > 0 for size in sizes)
    assert max(sizes, default=0) <= largest
    assert sizes == sorted(sizes, reverse=True)
    if smallest is None:
        assert set(sizes[:-1]) <= {largest}


def test_workers_end_together() -> None:
    """The last batch of a worker is a small part of its work."""
    plan = plan_batches(1188, n_jobs=2, batch_size=None, cap=1000, seconds=0.0025)
    free = [0, 0]
    for size in plan.sizes(1188):
        free[free.index(min(free))] += size
    assert max(free) / (1188 / 2) < 1.03
    assert len(list(plan.sizes(1188))) < 40


@pytest.mark.parametrize("n_containers", [1500, 2900, 3000, 8000])
def test_few_batches_are_as_many_and_as_long_for_each_worker(n_containers: int) -> None:
    """Not the shortest there may be and, for one of the workers, what is left of them."""
    plan = plan_batches(n_containers, n_jobs=2, batch_size=None, cap=None, seconds=0.0001)
    sizes = list(plan.sizes(n_containers))
    assert len(sizes) % 2 == 0 and max(sizes) - min(sizes) < len(sizes)
    assert max(sizes) < 2000, "work of a fifth of a second at the most"


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_no_workers_for_little_work_unless_asked_for(n_jobs: int | None) -> None:
    little = plan_batches(1000, n_jobs=n_jobs, batch_size=None, cap=None, seconds=0.00005)
    much = plan_batches(100_000, n_jobs=n_jobs, batch_size=None, cap=None, seconds=0.0001)
    assert little.n_jobs == (n_jobs or 1)
    assert much.n_jobs == (n_jobs or usable_cores())


def test_predictions_grow_with_bars_and_with_what_an_engine_does() -> None:
    assert seconds_of_container("plain", 2000) == 2 * seconds_of_container("plain", 1000)
    assert seconds_of_container("plain", 1000) < seconds_of_container("orders", 1000)
    minimal = [seconds_of_container(f"minimal {engine}", 1000) for engine in ("plain", "orders")]
    assert minimal[0] < minimal[1] < seconds_of_container("orders", 1000)


@pytest.mark.parametrize("n_jobs", [2, 20, 200])
def test_tasks_of_a_cluster_are_long_enough_for_95_percent(n_jobs: int) -> None:
    """A host needs 10 ms for a task beside its containers, and whoever hands tasks out 2 ms for each."""
    plan = plan_batches(1_000_000, n_jobs=n_jobs, batch_size=None, cap=None, seconds=0.001, on_hosts=True)
    work = 0.001 * plan.batch_size
    assert work / (work + 0.010) >= 0.95
    assert n_jobs * 0.002 <= 0.5 * work
    *sizes, _ = plan.sizes(1_000_000)
    assert all(0.001 * size / (0.001 * size + 0.010) >= 0.95 for size in sizes)
