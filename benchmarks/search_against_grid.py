"""The best objective that searches find with a tenth of the containers of six grids, run as a module.

Each grid has some 400 combinations of a built-in strategy over the daily bars of the sample. A share is the best Sharpe
ratio that the search has found over that of the grid; the lowest and the highest of some seeds are printed.
"""

from typing import Any

import admf_jit as aj

SEEDS = range(5)


def steps(start: float, stop: float, step: float) -> dict[str, float]:
    return {"start": start, "stop": stop, "step": step}


GRIDS: dict[str, dict[str, Any]] = {
    "sma_crossover": {"fast_period": steps(2, 21, 1), "slow_period": steps(22, 100, 4)},
    "ema_crossover": {"fast_period": steps(2, 21, 1), "slow_period": steps(22, 100, 4)},
    "rsi_reversion": {"period": steps(2, 21, 1), "lower": steps(10, 48, 2)},
    "bollinger_reversion": {"period": steps(5, 43, 2), "width": steps(0.5, 2.9, 0.12)},
    "donchian_breakout": {"entry_period": steps(5, 62, 3), "exit_period": steps(3, 41, 2)},
    "momentum": {"period": steps(2, 40, 2), "threshold": steps(0.0, 0.0475, 0.0025)},
}
SEARCHES: dict[str, dict[str, Any]] = {
    "optuna, tpe": {"method": "optuna", "block_size": 4},
    "optuna, nsga2": {"method": "optuna", "sampler": "nsga2", "block_size": 4},
    "sobol": {"method": "sobol"},
    "random": {"method": "random"},
}


def main() -> None:
    data = aj.load("sample", symbols=["ALFA"], timeframe="1d")
    print(f"| grid | containers | trades of its best row | {' | '.join(SEARCHES)} |")
    print("|---|---|---|" + "---|" * len(SEARCHES))
    for strategy, grid in GRIDS.items():
        whole = aj.grid(strategy, data, grid)
        best = whole.best(1).iloc[0]
        cells = []
        for how in SEARCHES.values():
            found = [
                aj.grid(strategy, data, grid, n_trials=len(whole) // 10, master_seed=seed, **how).best(1).iloc[0]
                for seed in SEEDS
            ]
            shares = [row["sharpe_ratio"] / best["sharpe_ratio"] for row in found]
            cells.append(f"{min(shares):.0%} to {max(shares):.0%}")
        print(f"| `{strategy}` | {len(whole)} | {int(best['n_trades'])} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
