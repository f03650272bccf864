"""What is left of a cost when the computation, and so the rest, is divided."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, estimate
from aitoll.tools.inputs import Inputs, number


class Savings(Inputs):
    """What would this cost with a method that divides the computation, such as JEST?"""

    cost: float | None = number("USD", "Cost before", gt=0, le=1e15)
    divisor: float | None = number("1", "By how much the computation is divided; left out: JEST's published range", gt=0, le=1e6)


def savings(asked: Savings) -> list[Estimate]:
    asked.need("cost")
    divisor = asked.or_constant("divisor", "jest-compute-divisor")
    before = asked.given("cost")
    warnings = () if asked.has("divisor") else ("jest_limits",)
    after = estimate(reduced, name="reduced_cost", unit="USD", warnings=warnings, cost=before, divisor=divisor)
    return [after, estimate(saved, name="saved_cost", unit="USD", cost=before, divisor=divisor)]


def reduced(cost: float, divisor: float) -> float:
    return cost / divisor


def saved(cost: float, divisor: float) -> float:
    return cost - cost / divisor
