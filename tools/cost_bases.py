"""One run on three bases, which must never be added: rented, worn out, bought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from aitoll.tools.amortised_cost import AmortisedCost, amortised_cost
from aitoll.tools.errors import MissingInput
from aitoll.tools.facts import fact, known
from aitoll.tools.gpu_budget import GpuBudget, gpu_budget
from aitoll.tools.inputs import Inputs, number
from aitoll.tools.run import chip
from aitoll.tools.training_cost import TrainingCost, rental

if TYPE_CHECKING:
    from aitoll.tools.estimate import Estimate, Value

T = TypeVar("T", bound=Inputs)


class CostBases(AmortisedCost):
    """What does this run cost on each basis: chips rented, hardware worn out with its electricity, and the cluster bought?"""

    price: float | None = number("USD/GPU-hour", "Rental price of one chip for one hour", gt=0, le=10_000)


def cost_bases(asked: CostBases) -> list[Estimate]:
    figures = [renamed(rental(copied(asked, TrainingCost)), "rental_cost"), amortised_cost(asked)[0]]
    bought = purchase(asked)
    return [*figures, bought] if bought else figures


def renamed(found: Estimate, name: str) -> Estimate:
    return replace(found, name=name)


def purchase(asked: CostBases) -> Estimate | None:
    """The whole cluster, where the number of chips is given or published."""
    chips = number_of_chips(asked)
    if chips is None:
        return None
    id = chip(asked)
    if not asked.has("unit_price") and not known("accelerators", id, "unit_price_usd"):
        raise MissingInput(calculator="cost_bases", needs=["unit_price"])
    whole = copied(asked, GpuBudget, gpu=id, gpus=chips.value, cluster=True)
    return renamed(gpu_budget(whole)[0], "acquisition_cost")


def number_of_chips(asked: CostBases) -> Value | None:
    if asked.has("gpus"):
        return asked.given("gpus")
    return fact("models", asked.model, "chip_count") if asked.model and known("models", asked.model, "chip_count") else None


def copied(asked: Inputs, kind: type[T], **more: object) -> T:
    """The same inputs, as another calculator takes them."""
    shared = {field: getattr(asked, field) for field in kind.model_fields if field in type(asked).model_fields}
    return kind(**{**shared, **more}).with_ranges(asked._ranges)
