"""The probability of backtest overfitting: how often the best container of one half of a history is below the median
of the other half.

Source: Bailey, Borwein, Lopez de Prado and Zhu, "The Probability of Backtest Overfitting", Journal of Computational
Finance 20 (2017): combinatorially symmetric cross-validation (CSCV). A history is cut into an even number of blocks;
every half of the blocks is once in sample, and the other half out of sample.

A Sharpe ratio of any half follows from sums over its blocks, so that returns are read once. Containers are compared by
mean / sqrt(mean of squares), which orders them as the Sharpe ratio does and loses no digits to a difference. Sums are
added, never subtracted: a container that does not trade in a half has sums of exactly zero there.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from admf_jit.errors import StatisticsError
from admf_jit.statistics.checks import Floats, Integers, at_least, numbers, table, whole

_MOST_BLOCKS = 24
# Added to sums of squares: nothing to any that is not zero, and zero returns then have the Sharpe ratio zero.
_TINY = 1e-280


@dataclass(frozen=True)
class BacktestOverfitting:
    """What CSCV found; the splits are in the order of `itertools.combinations` of the blocks in sample."""

    probability: float
    """The share of splits whose logit is at most zero."""
    logits: Floats
    """[split]: log(w / (1 - w)), w being the rank out of sample over the number of containers plus one (1 is worst)."""
    chosen: Integers
    """[split]: the container that was best in sample; the first one where several are equal."""
    in_sample: Floats
    """[split]: its Sharpe ratio per period in sample (standard deviation with divisor n)."""
    out_of_sample: Floats
    """[split]: its Sharpe ratio per period out of sample."""

    @property
    def probability_of_loss(self) -> float:
        """The share of splits in which the container that was best in sample loses money out of sample."""
        return float(np.mean(self.out_of_sample < 0.0))


def probability_of_backtest_overfitting(returns: npt.ArrayLike, n_blocks: int = 16) -> BacktestOverfitting:
    """Return the probability that choosing by Sharpe ratio chooses from the worse half, by CSCV.

    Parameters
    ----------
    returns : [period, container], at least two periods a block and two containers; blocks differ by a period at most
    n_blocks : even, 2 to 24; 16 blocks have 12,870 splits

    Raises
    ------
    StatisticsError : another shape, a missing return, or an odd or too large number of blocks
    """
    blocks = _checked_blocks(n_blocks)
    values = table("returns", returns, 2 * blocks, 2)
    borders = [len(values) * block // blocks for block in range(blocks + 1)]
    parts = [values[start:stop] for start, stop in zip(borders, borders[1:], strict=False)]
    sums = np.array([part.sum(axis=0) for part in parts])
    squares = np.array([np.square(part).sum(axis=0) for part in parts])
    return backtest_overfitting_from_sums(np.diff(borders), sums, squares)


def backtest_overfitting_from_sums(
    counts: npt.ArrayLike, sums: npt.ArrayLike, squares: npt.ArrayLike
) -> BacktestOverfitting:
    """Return what `probability_of_backtest_overfitting` returns, from the sums of each block of the history.

    Parameters
    ----------
    counts : [block], periods in each block, at least 1; an even number of blocks, 2 to 24
    sums, squares : [block, container], sums of returns and of their squares; at least two containers

    Raises
    ------
    StatisticsError : shapes that do not fit, a missing sum, or squares that no returns have
    """
    lengths = at_least("counts", counts, 1)
    if lengths.ndim != 1:
        raise StatisticsError(f"counts: expected a vector, found the shape {lengths.shape}")
    _checked_blocks(len(lengths))
    first, second = table("sums", sums, len(lengths), 2), numbers("squares", squares)
    if first.shape != second.shape or len(first) != len(lengths):
        raise StatisticsError(
            f"counts, sums, squares: expected one row a block and the same shape, found {lengths.shape}, "
            f"{first.shape} and {second.shape}"
        )
    if np.any(second * lengths[:, None] * (1.0 + 1e-9) < first * first):
        raise StatisticsError("squares: below what returns of these sums have; expected sums of squared returns")
    return _Splits(lengths, first, second + _TINY).all()


def _checked_blocks(n_blocks: int) -> int:
    blocks = whole("n_blocks", n_blocks, 2, _MOST_BLOCKS)
    if blocks % 2:
        raise StatisticsError(f"n_blocks: expected an even number, found {blocks}; half of the blocks are in sample")
    return blocks


class _Splits:
    """All halves that hold the first block, each compared both ways; a tree, whose nodes share the sums above them."""

    def __init__(self, lengths: Floats, sums: Floats, squares: Floats) -> None:
        self.lengths, self.blocks = lengths, np.stack((sums, squares), axis=1)
        self.half = len(lengths) // 2
        # rest[b] are the sums of the blocks from b on.
        self.rest = np.cumsum(self.blocks[::-1], axis=0)[::-1]
        self.space = np.empty_like(self.blocks)
        self.ratio, self.other = np.empty_like(sums[0]), np.empty_like(sums[0])
        n_splits = math.comb(2 * self.half, self.half)
        self.chosen, self.ranks = np.empty(n_splits, dtype=np.int64), np.empty(n_splits)
        self.best, self.after = np.empty(n_splits), np.empty(n_splits)
        self.done = 0

    def all(self) -> BacktestOverfitting:
        """Compare all splits."""
        nothing = np.zeros_like(self.blocks[0])
        self._assign(1, [0], self.blocks[0], nothing)
        share = self.ranks / (self.ratio.size + 1.0)
        logits = np.log(share / (1.0 - share))
        probability = float(np.mean(logits <= 0.0))
        return BacktestOverfitting(probability, logits, self.chosen, _sharpe(self.best), _sharpe(self.after))

    def _assign(self, block: int, inside: list[int], in_sums: Floats, out_sums: Floats) -> None:
        """Put the blocks from `block` on into sample and out of it, in every way that makes halves."""
        if len(inside) == self.half:
            self._compare(inside, in_sums, out_sums + self.rest[block] if block > self.half else self.rest[block])
        elif block - len(inside) == self.half:
            self._compare([*inside, *range(block, 2 * self.half)], in_sums + self.rest[block], out_sums)
        else:
            sums = np.add(in_sums, self.blocks[block], out=self.space[block])
            self._assign(block + 1, [*inside, block], sums, out_sums)
            sums = np.add(out_sums, self.blocks[block], out=self.space[block])
            self._assign(block + 1, inside, in_sums, sums)

    def _compare(self, inside: list[int], in_sums: Floats, out_sums: Floats) -> None:
        n_in = self.lengths[inside].sum()
        n_out = self.lengths.sum() - n_in
        np.divide(in_sums[0], np.sqrt(in_sums[1], out=self.ratio), out=self.ratio)
        np.divide(out_sums[0], np.sqrt(out_sums[1], out=self.other), out=self.other)
        self._record(self.done, self.ratio, n_in, self.other, n_out)
        self._record(len(self.chosen) - 1 - self.done, self.other, n_out, self.ratio, n_in)
        self.done += 1

    def _record(self, split: int, before: Floats, n_before: float, after: Floats, n_after: float) -> None:
        best = int(before.argmax())
        value = after[best]
        below, up_to = np.count_nonzero(after < value), np.count_nonzero(after <= value)
        self.chosen[split], self.ranks[split] = best, 0.5 * (below + up_to + 1)
        self.best[split], self.after[split] = before[best] / math.sqrt(n_before), value / math.sqrt(n_after)


def _sharpe(ratio: Floats) -> Floats:
    """Return mean / standard deviation from mean / sqrt(mean of squares); infinite for a constant return."""
    with np.errstate(divide="ignore"):
        return np.asarray(ratio / np.sqrt(np.maximum(1.0 - ratio * ratio, 0.0)))
