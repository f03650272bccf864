"""How a cost or a power grows from one year to another, and how fast it doubles."""

from __future__ import annotations

from dataclasses import replace
from math import log2

from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.inputs import Inputs, number

SOUND_YEARS = 4  # the fit has R² 0.58 over 41 models: no further


class CostGrowth(Inputs):
    """What will training cost, or draw, in some years, at so much growth a year?"""

    cost: float | None = number("USD", "Cost at the start", gt=0, le=1e15)
    power_kw: float | None = number("kW", "Power at the start, in place of a cost; the growth must then be given", gt=0, le=1e9)
    growth: float | None = number("1/year", "Factor a year; left out: what frontier models did since 2016", gt=0, le=100)
    years: float | None = number("year", "How many years; left out with the cost: how fast it doubles", ge=0, le=50)


def cost_growth(asked: CostGrowth) -> list[Estimate]:
    growth = asked.or_constant("growth", "cost-growth-per-year")
    if not any(asked.has(field) for field in ("cost", "power_kw", "years")) and asked.has("growth") and growth.value > 1:
        return [doubling(growth)]
    asked.need(*(("growth", "years") if asked.has("power_kw") else ("cost", "years")))
    years = asked.given("years")
    warnings = ("long_projection",) if years.value > SOUND_YEARS else ()
    common = {"growth": _factor(growth), "years": _factor(years)}
    if asked.has("power_kw"):
        return [estimate(power_grown, common, name="power_growth", unit="kW", warnings=warnings, power_kw=asked.given("power_kw"))]
    return [estimate(grown, common, name="cost_growth", unit="USD", warnings=warnings, cost=asked.given("cost"))]


def doubling(growth: Value) -> Estimate:
    year = Value(1.0, "year", "given", 1.0, 1.0, row="given/period")
    return estimate(doubling_time, unit="year", period=year, growth=_factor(growth))


def _factor(found: Value) -> Value:
    """A factor per year to the power of years: both are plain numbers of whole years."""
    return replace(found, unit="1")


def grown(cost: float, growth: float, years: float) -> float:
    return cost * growth**years  # type: ignore[no-any-return]


def power_grown(power_kw: float, growth: float, years: float) -> float:
    return power_kw * growth**years  # type: ignore[no-any-return]


def doubling_time(period: float, growth: float) -> float:
    return period / log2(growth)
