"""What is asked of combinations of settings, over those combinations only that a grid has."""

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from admf_jit.config.problems import Problem
from admf_jit.config.section import Scalar
from admf_jit.parameter_grid.axes import JOINT, SWEPT, Axis
from admf_jit.parameter_grid.blocks import BLOCKS, Blocks, first_problem
from admf_jit.parameter_grid.layout import Layout

# Settings that both engines have, or that matter to neither without another one.
_NO_CHOICE = {
    "account.cash",
    "account.position_size",
    "account.lot_size",
    "account.tick_size",
    "account.commission.rate",
    "account.commission.amount",
    "account.commission.minimum",
    "account.commission.maximum",
    "account.commission.maker",
    "account.commission.taker",
    "account.slippage.rate",
    "account.slippage.amount",
    "account.slippage.spread",
    "account.sizing.fraction",
    "execution.fill",
    "execution.close_at_end",
    "execution.event_capacity",
    "execution.intrabar",
    "execution.order_capacity",
}


def combinations(axes: Sequence[Axis], layout: Layout, numbers: Sequence[int]) -> Iterator[tuple[Scalar, ...]]:
    """Yield the combinations of values of some axes that the grid has, each once."""
    for digits in layout.different(numbers):
        yield tuple([axes[number].values[digit] for number, digit in zip(numbers, digits, strict=True)])


def joint_problems(base: Blocks, axes: Sequence[Axis], layout: Layout) -> Iterator[Problem]:
    """Yield the first combination of settings of a block that is refused though each value can be taken."""
    for prefix in JOINT:
        numbers = [number for number, axis in enumerate(axes) if axis.path.startswith(f"{prefix}.")]
        paths = [axes[number].path for number in numbers]
        for values in combinations(axes, layout, numbers) if len(numbers) > 1 else ():
            try:
                base.replaced(dict(zip(paths, values, strict=True)))
            except ValidationError as error:
                text = first_problem(error, type(base.account))[1]
                at = ", ".join(f"{path} = {value!r}" for path, value in zip(paths, values, strict=True))
                yield Problem(SWEPT, f"{at}: {text}; a constraint can leave such combinations out")
                break


def preset_problems(base: Blocks, axes: Sequence[Axis], layout: Layout) -> Iterator[Problem]:
    """Yield for each swept setting the first value that the preset of `execution` refuses.

    What it refuses of one setting depends on no other, so one at a time is enough, but for those that only go together.
    """
    if base.execution.preset is None:
        return
    if base.preset_refusal:
        yield Problem(SWEPT, base.preset_refusal)
        return
    groups: dict[str, list[int]] = {}
    for number, axis in enumerate(axes):
        if axis.kind in BLOCKS:
            group = next((prefix for prefix in JOINT if axis.path.startswith(f"{prefix}.")), axis.path)
            groups.setdefault(group, []).append(number)
    for numbers in groups.values():
        paths = [axes[number].path for number in numbers]
        for values in combinations(axes, layout, numbers):
            text = base.replaced(dict(zip(paths, values, strict=True))).preset_refusal
            if text:
                at = ", ".join(f"{path} = {value!r}" for path, value in zip(paths, values, strict=True))
                yield Problem(SWEPT, f"{at}: {text}")
                break


def why_order_engine(base: Blocks, axes: Sequence[Axis], layout: Layout) -> str | None:
    """Return the first setting of any combination that the grid keeps which needs the order engine, or None."""
    numbers = [number for number, axis in enumerate(axes) if axis.kind in BLOCKS and axis.path not in _NO_CHOICE]
    paths = [axes[number].path for number in numbers]
    reasons = (
        base.replaced(dict(zip(paths, values, strict=True))).why_order_engine
        for values in combinations(axes, layout, numbers)
    )
    return next((reason for reason in reasons if reason is not None), None)
