"""The 600 billion dollar question, step by step."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, estimate
from aitoll.tools.facts import constant
from aitoll.tools.inputs import Inputs, number


class RevenueGap(Inputs):
    """How much revenue must be made a year to pay back the chips bought, and how much of it is missing?"""

    chip_sales: float | None = number("USD", "Chips sold a year for data centres", gt=0, le=1e14)
    revenue: float | None = number("USD", "Revenue made a year with AI", ge=0, le=1e14)


def revenue_gap(asked: RevenueGap) -> list[Estimate]:
    needed = estimate(
        revenue_needed,
        unit="USD",
        chip_sales=asked.given("chip_sales") if asked.has("chip_sales") else constant("nvidia-data-centre-run-rate"),
        chip_share=constant("chip-share-of-data-centre"),
        margin=constant("cloud-gross-margin-for-revenue-gap"),
    )
    made = asked.given("revenue") if asked.has("revenue") else constant("ai-revenue-assumed-by-cahn")
    return [needed, estimate(revenue_missing, unit="USD", revenue_needed=needed, revenue=made)]


def revenue_needed(chip_sales: float, chip_share: float, margin: float) -> float:
    # The other half of a data centre is energy, buildings and the rest; its customers need a margin too.
    return chip_sales / chip_share / (1 - margin)


def revenue_missing(revenue_needed: float, revenue: float) -> float:
    return revenue_needed - revenue
