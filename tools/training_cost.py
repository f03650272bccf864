"""What a training run costs in rented chip-hours, or what was published of it."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Input, estimate, looked_up
from aitoll.tools.facts import fact, known
from aitoll.tools.inputs import number
from aitoll.tools.run import Run, chip_hours, fact_of_chip


class TrainingCost(Run):
    """What does it cost to rent the chips of this training run, or of this many chips for this long?"""

    price: float | None = number(
        "USD/GPU-hour", "Rental price of one chip for one hour; it is the whole bill of that hour", gt=0, le=10_000
    )


def training_cost(asked: TrainingCost) -> list[Estimate]:
    if published(asked):
        return [looked_up("training_cost", fact("models", str(asked.model), "cost_usd"))]
    return [rental(asked)]


def published(asked: TrainingCost) -> bool:
    """Whether the question is about the run as it was, and its cost is known."""
    as_it_was = not any(asked.has(field) for field in type(asked).model_fields if field != "model")
    return bool(asked.model and as_it_was and known("models", asked.model, "cost_usd"))


def rental(asked: Run, name: str = "training_cost") -> Estimate:
    return estimate(rental_cost, name=name, unit="USD", gpu_hours=chip_hours(asked), price=hourly_price(asked))


def hourly_price(asked: Run) -> Input:
    if asked.has("price"):
        return asked.given("price")
    return fact_of_chip(asked, "rental_usd_per_gpu_hour", "price")


def rental_cost(gpu_hours: float, price: float) -> float:
    return gpu_hours * price
