"""One run on three bases, which must never be added: rented, worn out, bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.tools.amortised_cost import AmortisedCost, amortised_cost
from aitoll.tools.facts import fact, known
from aitoll.tools.gpu_budget import bought, in_cluster
from aitoll.tools.inputs import number
from aitoll.tools.run import chip
from aitoll.tools.training_cost import rental, tier

if TYPE_CHECKING:
    from aitoll.tools.estimate import Estimate, Value


class CostBases(AmortisedCost):
    """What does this run cost on each basis: chips rented, hardware worn out with its electricity, and the cluster bought?"""

    price: float | None = number("USD/GPU-hour", "Rental price of one chip for one hour", gt=0, le=10_000)
    tier: str | None = tier()


def cost_bases(asked: CostBases) -> list[Estimate]:
    figures = [rental(asked, "rental_cost"), amortised_cost(asked)[0]]
    chips = number_of_chips(asked)
    if chips is None:
        return figures
    id = chip(asked)
    return [*figures, in_cluster(asked, id, "acquisition_cost", "USD", bought(asked, id, chips))]


def number_of_chips(asked: CostBases) -> Value | None:
    """Given or published: without it there is no cluster to price."""
    if asked.has("gpus"):
        return asked.given("gpus")
    return fact("models", asked.model, "chip_count") if asked.model and known("models", asked.model, "chip_count") else None
