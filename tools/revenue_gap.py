"""The 600 billion dollar question, step by step."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.facts import constant
from aitoll.tools.inputs import Inputs, number


class RevenueGap(Inputs):
    """How much revenue must be made a year to pay back the chips bought, and how much of it is missing?"""

    needed: float | None = number("USD", "Revenue that must be made a year, where it is known; left out: from the chips", gt=0, le=1e15)
    chip_sales: float | None = number("USD", "Chips sold a year for data centres", gt=0, le=1e14)
    revenue: float | None = number("USD", "Revenue made a year with AI", ge=0, le=1e14)
    companies: float | None = number("1", "Companies that each make the same revenue, beside the revenue above", ge=1, le=1e6)
    revenue_each: float | None = number("USD", "Revenue of each of these companies a year", ge=0, le=1e13)
    chip_share: float | None = number("1", "Share of the chips in the cost of a data centre; left out: half", gt=0, le=1)
    margin: float | None = number("1", "Gross margin of those who sell the computing; left out: half", ge=0, le=0.99)


def revenue_gap(asked: RevenueGap) -> list[Estimate]:
    if asked.has("needed"):
        return [_apart(asked.given("needed"), made(asked))]
    needed = estimate(
        revenue_needed,
        unit="USD",
        chip_sales=asked.given("chip_sales") if asked.has("chip_sales") else constant("nvidia-data-centre-run-rate"),
        chip_share=asked.or_constant("chip_share", "chip-share-of-data-centre"),
        margin=asked.or_constant("margin", "cloud-gross-margin-for-revenue-gap"),
    )
    return [needed, _apart(needed, made(asked))]


def _apart(needed: Input, revenue: Input) -> Estimate:
    """What is missing, or what is made beyond what is needed."""
    parts = {"revenue_needed": needed, "revenue": revenue}
    return estimate(revenue_missing if needed.value >= revenue.value else revenue_beyond, parts, unit="USD")


def made(asked: RevenueGap) -> Input:
    if not asked.has("companies") and not asked.has("revenue_each"):
        return asked.or_constant("revenue", "ai-revenue-assumed-by-cahn")
    asked.need("companies", "revenue_each")
    parts: dict[str, Input] = {"companies": asked.given("companies"), "revenue_each": asked.given("revenue_each")}
    if not asked.has("revenue"):
        return estimate(revenue_of_companies, parts, name="revenue", unit="USD")
    return estimate(revenue_in_all, parts, name="revenue", unit="USD", other_revenue=asked.given("revenue"))


def revenue_needed(chip_sales: float, chip_share: float, margin: float) -> float:
    # The other half of a data centre is energy, buildings and the rest; its customers need a margin too.
    return chip_sales / chip_share / (1 - margin)


def revenue_of_companies(companies: float, revenue_each: float) -> float:
    return companies * revenue_each


def revenue_in_all(companies: float, revenue_each: float, other_revenue: float) -> float:
    return companies * revenue_each + other_revenue


def revenue_beyond(revenue_needed: float, revenue: float) -> float:
    return revenue - revenue_needed


def revenue_missing(revenue_needed: float, revenue: float) -> float:
    return revenue_needed - revenue
