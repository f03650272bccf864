"""How a cost grows from one year to another."""

from __future__ import annotations

from dataclasses import replace

from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.inputs import Inputs, number

SOUND_YEARS = 4  # the fit has R² 0.58 over 41 models: no further


class CostGrowth(Inputs):
    """What will training cost in some years, at so much growth a year?"""

    cost: float | None = number("USD", "Cost at the start", gt=0, le=1e15)
    growth: float | None = number("1/year", "Factor a year; left out: what frontier models did since 2016", gt=0, le=100)
    years: float | None = number("year", "How many years", ge=0, le=50)


def cost_growth(asked: CostGrowth) -> list[Estimate]:
    asked.need("cost", "years")
    years = asked.given("years")
    growth = asked.or_constant("growth", "cost-growth-per-year")
    warnings = ("long_projection",) if years.value > SOUND_YEARS else ()
    cost = asked.given("cost")
    return [estimate(grown, name="cost_growth", unit="USD", warnings=warnings, cost=cost, growth=_factor(growth), years=_factor(years))]


def _factor(found: Value) -> Value:
    """A factor per year to the power of years: both are plain numbers of whole years."""
    return replace(found, unit="1")


def grown(cost: float, growth: float, years: float) -> float:
    return cost * growth**years  # type: ignore[no-any-return]
