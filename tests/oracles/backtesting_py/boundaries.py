"""Cases on the edge of an account, where another order of the same arithmetic decides otherwise.

Random cases seldom come to these edges. A boundary case is named by a negative seed: -1 is the first row.
"""

from tests.oracles.backtesting_py.cases import BUY, Action, Case, random_case

# Cash, margin, relative commission, price, price of the last two bars, then the sizes bought on bars 1, 2, ...
BOUNDARIES: list[tuple[float, ...]] = [
    # Sums of the margin that is used.
    (700.0, 0.07, 0.0, 1.25, 1.25, 2150.0, 1916.0, 3934.0),
    (700.0, 0.07, 0.0, 1.25, 1.25, 2150.0, 1916.0, 0.5),
    (700.0, 0.07, 0.0, 0.5, 0.5, 1930.0, 1257.0, 16813.0),
    (700.0, 0.07, 0.0, 10.0, 10.0, 165.0, 97.0, 738.0),
    # The product of margin, leverage and fraction.
    (500.0, 0.07, 0.0, 0.25, 0.25, 0.7),
    (500.0, 0.07, 0.0, 0.5, 0.5, 0.7),
    (500.0, 0.07, 0.0, 1.25, 1.25, 0.7),
    (500.0, 0.07, 0.0, 10.0, 10.0, 0.7),
    # The account pays for exactly this.
    (1000.0, 1.0, 0.0, 10.0, 10.0, 100.0),
    (500.0, 1.0, 0.0, 2.5, 2.5, 200.0),
    (10000.0, 1.0, 0.0, 4.0, 4.0, 2500.0),
    (700.0, 1.0, 0.0, 7.0, 7.0, 100.0),
    # The division is just below a whole number and rounds to it.
    (700.0, 0.15, 0.05, 0.25, 0.25, 0.9),
    (700.0, 0.3, 0.05, 0.25, 0.25, 0.9),
    (700.0, 0.6, 0.05, 0.25, 0.25, 0.9),
    (700.0, 0.15, 0.05, 0.5, 0.5, 0.9),
    # Equity falls to exactly zero.
    (1000.0, 0.1, 0.0, 10.0, 9.0, 1000.0),
    (500.0, 0.25, 0.0, 8.0, 6.0, 250.0),
    (10000.0, 0.5, 0.0, 4.0, 2.0, 5000.0),
    (96.0, 0.5, 0.0, 3.0, 1.5, 64.0),
]
BOUNDARY_SEEDS = tuple(-1 - place for place in range(len(BOUNDARIES)))


def case_of(seed: int) -> Case:
    """The random case of a seed, or the boundary case of a negative one."""
    if seed >= 0:
        return random_case(seed)
    cash, margin, relative, price, last, *sizes = BOUNDARIES[-1 - seed]
    prices = [price] * (len(sizes) + 2) + [last] * 2
    return Case(
        seed=seed,
        cash=cash,
        fixed=0.0,
        relative=relative,
        spread=0.0,
        margin=margin,
        trade_on_close=False,
        exclusive_orders=False,
        finalize_trades=False,
        warmup=0,
        open=prices,
        high=prices,
        low=prices,
        close=prices,
        actions=[Action(bar, BUY, size) for bar, size in enumerate(sizes, start=1)],
    )
