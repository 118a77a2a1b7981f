import math
import struct

from admf_jit.results import result_hash


def test_hash_is_fixed_for_all_time():
    # Stored runs are compared by this value: another one here breaks every run directory there is.
    assert result_hash("00000000000000aa", "ok", {"a": 1.0, "b": math.nan}) == "2403a096ea08c730"


def test_hash_sees_the_last_bit_of_a_metric():
    assert result_hash("c", "ok", {"a": 1.0}) != result_hash("c", "ok", {"a": math.nextafter(1.0, 2.0)})
    assert result_hash("c", "ok", {"a": 0.0}) != result_hash("c", "ok", {"a": -0.0})


def test_hash_takes_every_nan_for_the_same():
    negative_nan = struct.unpack("<d", struct.pack("<Q", 0xFFF8000000000001))[0]
    assert result_hash("c", "ok", {"a": negative_nan}) == result_hash("c", "ok", {"a": math.nan})


def test_hash_sees_id_and_status():
    assert len({result_hash(name, status, {"a": 1.0}) for name in "cd" for status in ("ok", "failed")}) == 4
