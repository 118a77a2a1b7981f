import os
import subprocess
import sys

import numpy as np
import pytest

from admf_jit.data import SAMPLE_TIMEFRAMES, generate_sample, load
from admf_jit.errors import DataError

DIGESTS = {
    "1m": "2621e9e9e0bc93db988719ca5573e22b46f40f52c13ac73b405ee14c7aaa51d8",
    "5m": "754d93151e859c5bd3de59550ff19f008fa715af0806898869f516d5f63c0663",
    "15m": "03c11839cbf0b7f2183dcf35c4ea4c82fd3c0a9e079d76227ffe7a17897b4717",
    "1h": "350601d4ba0322bce7b970ef645a5e1920a85f94bfad2abd88992f4a728dab43",
    "1d": "647605ec9c6c673f5dd69cf0b5b73f27941ba5905a6b5d369519758ba7f09abc",
}  # fmt: skip
RAGGED = {
    "1m": "019a8beb6f120398cf636b949504cafa2a99c49a01c9a6f95b80afe35cdf96a9",
    "5m": "3fc4992d7b05bc2103ff95ff248115bf2673b95c2b50bbd99776e915d9042825",
    "15m": "39e3378885980c6625a56305f715181db4376886ea392f67c156db7f67623524",
    "1h": "0b9cbda607bda8e4618236c805bdb9f626418c681313c4d6cbc156d1ee8dd3fe",
    "1d": "e11cbbab98759e960111daaca0101925dcd8bfb3476e6d70722160b9edb69907",
}


@pytest.mark.parametrize("timeframe", SAMPLE_TIMEFRAMES)
def test_the_same_bytes_on_every_machine(timeframe: str) -> None:
    assert generate_sample(timeframe).digest == DIGESTS[timeframe]


def test_a_fresh_process_with_another_hash_seed_gives_the_same_and_needs_no_pandas() -> None:
    code = (
        "import sys; from admf_jit.data import generate_sample; "
        "print(generate_sample().digest, 'pandas' in sys.modules,"
        " 'pyarrow' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(sys.path)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [DIGESTS["1d"], "False", "False"]


@pytest.mark.parametrize("timeframe", SAMPLE_TIMEFRAMES)
def test_bars_are_sound_and_load_as_any_others(timeframe: str) -> None:
    sample = generate_sample(timeframe, sessions=5)
    assert sample.symbols == ("ALFA", "BETA", "GAMA")
    assert sample.timeframe == timeframe
    assert sample.gaps.count == 0
    assert sample.session[-1] == 4
    assert load(sample.frame()).digest == sample.digest


def test_sessions_are_new_york_s_in_summer_and_winter() -> None:
    index = generate_sample("15m", sessions=60).frame("ALFA").index
    assert {f"{time:%H:%M}" for time in index[::26]} == {"09:30"}
    assert {f"{time:%H:%M}" for time in index[25::26]} == {"15:45"}
    assert set(index.day_of_week) == {0, 1, 2, 3, 4}


def test_fewer_sessions_are_the_beginning_of_more() -> None:
    few, more = generate_sample("1h", sessions=10), generate_sample("1h", sessions=20)
    assert np.array_equal(few.close, more.close[:, : few.n_bars])


def test_another_seed_is_another_market() -> None:
    one, two = generate_sample(seed=1, sessions=50), generate_sample(seed=2, sessions=50)
    assert not np.isin(np.diff(one.close[0]), np.diff(two.close[0])).all()
    assert one.time.tolist() == two.time.tolist()


def test_default_sizes() -> None:
    assert load("sample").n_bars == 2520
    assert load("sample", timeframe="1min").n_bars == 39_000
    assert load("sample", symbols=["BETA"], end="2015-12-31").symbols == ("BETA",)


def test_daily_bars_look_like_shares() -> None:
    close = generate_sample().close
    returns = close[:, 1:] / close[:, :-1] - 1
    volatility = returns.std(axis=1) * np.sqrt(252)
    assert ((volatility > 0.2) & (volatility < 0.4)).all()
    correlation = np.corrcoef(returns)
    assert (correlation[np.triu_indices(3, 1)] > 0.2).all()
    size = np.abs(returns)
    clustering = [np.corrcoef(row[1:], row[:-1])[0, 1] for row in size]
    assert min(clustering) > 0.05
    kurtosis = ((returns - returns.mean(axis=1, keepdims=True)) ** 4).mean(axis=1) / returns.var(axis=1) ** 2
    assert (kurtosis > 3.3).all()


def test_daily_trends_carry_averages_apart() -> None:
    close = generate_sample().close[0]
    fast, slow = (np.convolve(close, np.ones(n) / n, "valid")[-2400:] for n in (10, 50))
    gap = fast / slow - 1
    for threshold in (0.01, 0.02, 0.05, 0.1):
        assert (gap > threshold).any()
        assert (gap < -threshold).any()


def test_volume_is_u_shaped_over_the_session() -> None:
    volume = generate_sample("5m").volume[0].reshape(-1, 78).mean(axis=0)
    assert volume[:6].mean() > 1.4 * volume[36:42].mean()
    assert volume[-6:].mean() > 1.4 * volume[36:42].mean()


def test_what_the_sample_has_not_is_refused() -> None:
    with pytest.raises(DataError, match="timeframe: the sample has 1m, 5m, 15m, 1h, 1d, not '2h'"):
        load("sample", timeframe="2h")
    with pytest.raises(DataError, match="is not a bar length"):
        load("sample", timeframe="often")
    with pytest.raises(DataError, match="symbols: 'ALPHA' is not in the data.*did you mean 'ALFA'"):
        load("sample", symbols="ALPHA")
    with pytest.raises(DataError, match="sessions: 1 of 1d bars is too few"):
        generate_sample(sessions=1)


@pytest.mark.parametrize("timeframe", SAMPLE_TIMEFRAMES)
def test_the_ragged_sample_is_the_same_bytes_on_every_machine(timeframe: str) -> None:
    assert generate_sample(timeframe, ragged=True).digest == RAGGED[timeframe]


@pytest.mark.parametrize("timeframe", SAMPLE_TIMEFRAMES)
def test_the_ragged_sample_is_the_sample_with_bars_taken_away(timeframe: str) -> None:
    whole = generate_sample(timeframe)
    ragged = generate_sample(timeframe, ragged=True)
    for row, symbol in enumerate(whole.symbols):
        own = ragged.select(symbol)
        kept = np.isin(whole.time, own.time)
        assert whole.session[kept][0] == 20 * row
        assert 0.95 < kept[whole.session >= 20 * row].mean() < 1
        for column in ("open", "high", "low", "close", "volume"):
            assert np.array_equal(getattr(own, column)[0], getattr(whole, column)[row, kept])
    assert not np.isnan(ragged.close).all(axis=0).any()
    assert load(ragged.frame()).digest == ragged.digest


def test_fewer_ragged_sessions_are_the_beginning_of_more() -> None:
    few, more = (generate_sample("1h", sessions=sessions, ragged=True) for sessions in (60, 90))
    assert np.array_equal(few.close, more.close[:, : few.n_bars], equal_nan=True)
    with pytest.raises(DataError, match="sessions: 59 is too few for the ragged sample; at least 60 are needed"):
        generate_sample(sessions=59, ragged=True)
