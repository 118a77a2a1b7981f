"""The grid of a configuration: axes checked, constraints kept to, points drawn."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from admf_jit.config import Config
from admf_jit.config.problems import Problem, refuse
from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.axes import RESERVED, SWEPT, Axis, AxisBuilder
from admf_jit.parameter_grid.combinations import joint_problems, preset_problems
from admf_jit.parameter_grid.container import ALL_SYMBOLS
from admf_jit.parameter_grid.drawing import Acceptance, Design, Points, draw, of_points
from admf_jit.parameter_grid.grid import Grid, GridBase
from admf_jit.parameter_grid.layout import Layout
from admf_jit.parameter_grid.open_grid import OpenGrid
from admf_jit.parameter_grid.survivors import Condition, parse_constraints, surviving


def build_grid(
    config: Config,
    *,
    parameter_defaults: Mapping[str, bool | int | float],
    strategy_digest: str,
    data_digest: str,
    symbols: tuple[str, ...],
    portfolio: bool = False,
    conditions: Sequence[Condition] = (),
    optional: Mapping[str, Callable[[], Scalar]] | None = None,
    design: Design | None = None,
    points: Points | None = None,
) -> Grid:
    """Return the grid of a configuration for a strategy (its parameters with their defaults) and data.

    ``conditions`` are constraints that Python functions decide, ``optional`` what makes a value of a parameter that may
    be None.
    Where ``design`` spreads points over a space, or ``points`` are those of an earlier draw, the grid has those alone;
    where a search makes points as it goes on, the grid is an ``OpenGrid``.
    Raises one ConfigError with everything that is wrong:
    names, values, constraints, or a grid without containers.
    """
    builder = AxisBuilder(config, parameter_defaults, symbols, optional or {})
    parameters = builder.fixed_parameters()
    axes = builder.axes()
    builder.problems += _whole_grid_problems(config, axes, parameter_defaults, symbols, portfolio)
    settings = {name: value for name, value in builder.settings.items() if value is not None}
    fixed = {**parameters, "position_size": config.account.position_size, **settings}
    # A name whose values were refused is still a known name here: one mistake, one message.
    known = {**dict.fromkeys(config.optimization.parameters, 0), "symbol": "", **fixed}
    constraints = parse_constraints(config.optimization.constraints, known, builder.problems)
    if builder.problems:
        raise refuse(builder.problems)
    optimization = config.optimization
    space = {axis.name: axis.values for axis in axes} if optimization.draws else None
    accepts = Acceptance(axes, constraints, conditions, fixed)
    dimensions, is_open = axes, optimization.proposes and points is None
    if points is None and design is not None:
        assert optimization.n_trials is not None
        points = draw(axes, optimization.n_trials, design, accepts)
    if points is not None:
        axes, layout = of_points(axes, points)
    else:
        lengths = [len(axis.values) for axis in axes]
        layout = Layout.of_columns(lengths, optimization.chosen, [axis.name for axis in axes])
        if not is_open:
            layout = surviving(axes, layout, constraints, conditions, fixed)
    problems = list(joint_problems(builder.blocks, axes, layout))
    problems = problems or list(preset_problems(builder.blocks, axes, layout))
    if problems:
        raise refuse(problems)
    base = GridBase(
        parameters=parameters,
        settings=builder.blocks,
        symbol=ALL_SYMBOLS if portfolio else symbols[0],
        strategy_digest=strategy_digest,
        data_digest=data_digest,
        master_seed=config.workflow.reproducibility.master_seed,
    )
    if is_open:
        assert optimization.n_trials is not None
        return OpenGrid(base, dimensions, optimization.n_trials, accepts)
    return Grid(base, axes, layout, space)


def _whole_grid_problems(
    config: Config, axes: Sequence[Axis], parameter_names: Iterable[str], symbols: Sequence[str], portfolio: bool
) -> Iterator[Problem]:
    for name in RESERVED:
        if name in parameter_names:
            text = f"the strategy has a parameter {name!r}, which is a setting's name; expected another name"
            yield Problem(("strategy", "type"), text)
    # The sample stands for "some bars", so its first symbol will do; with data of one's own the choice
    # matters.
    any_symbol = portfolio or (config.data.source == "sample" and config.data.symbols is None)
    if portfolio and "symbol" in config.optimization.parameters:
        yield Problem((*SWEPT, "symbol"), "is swept, and the portfolio trades all symbols; expected one of the two")
    if "symbol" not in config.optimization.parameters and len(symbols) != 1 and not any_symbol:
        yield Problem(("data", "symbols"), _one_symbol(symbols))


def _one_symbol(symbols: Sequence[str]) -> str:
    names = ", ".join(symbols[:10]) + (", ..." if len(symbols) > 10 else "")
    return f"the data holds {len(symbols)} symbols ({names}); expected one, or `symbol` among the swept names"
