"""What hosts of a cluster are sent before they run batches: one kit for what is the same, another for what differs."""

from pathlib import Path

from admf_jit.config import load_config
from admf_jit.workers.executors.dask_kit import Kit
from admf_jit.workflow.prepare import prepare
from tests.workflow.runs import moody


def kit_in(folder: Path) -> Kit:
    folder.mkdir(exist_ok=True)
    prepared = prepare(load_config(moody(folder)))
    return Kit.of(prepared.task(list(prepared.grid), prepared.limits(1)))


def test_two_files_with_the_same_code_have_a_kit_each_so_that_messages_name_their_own_lines(tmp_path: Path) -> None:
    one, other = kit_in(tmp_path / "one"), kit_in(tmp_path / "other")
    assert one.files == other.files
    assert one.name != other.name
    assert kit_in(tmp_path / "one").name == one.name
    assert one.moved(tmp_path, tmp_path).name == one.name
