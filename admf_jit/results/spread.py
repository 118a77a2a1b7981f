"""The columns of `intrabar: bounds`: between what two conventions a container's result lies."""

#: What a container of bounds has beside its metrics: the smaller and the larger result of `stop_first` and
#: `target_first` (docs/trading-model.md section 12). Only runs with such a container have these columns.
SPREAD_NAMES = ("final_equity_low", "final_equity_high", "total_return_low", "total_return_high")
#: The metrics that they are of, each with a low and a high.
SPREAD_OF = ("final_equity", "total_return")
