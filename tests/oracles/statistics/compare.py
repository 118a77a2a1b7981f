"""Agreement of two answers: whole numbers exactly, others to 1e-9 of their size."""

from typing import Any

import numpy as np

TOLERANCE = 1e-9


def assert_same(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys(), name
    for key, expected in theirs.items():
        assert_near(f"{name}: {key}", ours[key], expected)


def assert_near(name: str, ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list):
        assert len(ours) == len(theirs), name
        for place, expected in enumerate(theirs):
            assert_near(f"{name}[{place}]", ours[place], expected)
    elif isinstance(theirs, int):
        assert ours == theirs, name
    else:
        np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=0.0, err_msg=name)
