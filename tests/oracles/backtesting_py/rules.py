"""How often each rule decides: the plain model with that one rule changed, and the cases that then come out otherwise.

`python -m tests.oracles.backtesting_py.rules` prints the count of each rule over the recorded cases.
"""

from pathlib import Path
from types import ModuleType

from tests.oracles.backtesting_py import golden
from tests.oracles.backtesting_py.boundaries import case_of
from tests.oracles.backtesting_py.cases import Case
from tests.oracles.backtesting_py.changes import CHANGES
from tests.oracles.backtesting_py.play import play
from tests.reference import backtesting_py_model


def changed_model(passage: str, change: str) -> ModuleType:
    """The plain model with one passage of its source replaced. Raises ValueError unless the passage occurs once."""
    path = Path(str(backtesting_py_model.__file__))
    source = path.read_text(encoding="utf-8")
    if source.count(passage) != 1:
        raise ValueError(f"occurs {source.count(passage)} times in {path.name}: {passage!r}")
    model = ModuleType("changed_model")
    exec(compile(source.replace(passage, change), str(path), "exec"), vars(model))
    return model


def differs(case: Case, model: ModuleType) -> bool:
    """Whether the model comes to another outcome than the plain one, or to none."""
    try:
        return play(case, model) != play(case)
    except (ValueError, IndexError):
        return True


def count(passage: str, change: str, cases: list[Case]) -> int:
    """In how many cases the change is seen."""
    model = changed_model(passage, change)
    return sum(differs(case, model) for case in cases)


if __name__ == "__main__":
    recorded = [case_of(seed) for seed in golden.SEEDS]
    for rule, passage, change in CHANGES:
        print(f"{count(passage, change, recorded):5}  {rule}")
