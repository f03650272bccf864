"""What a training run costs in rented chip-hours, or what was published of it."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from aitoll.tools.errors import InvalidInput
from aitoll.tools.estimate import Estimate, Input, estimate, looked_up
from aitoll.tools.facts import fact, known, rows
from aitoll.tools.inputs import number
from aitoll.tools.run import Run, chip, chip_hours, fact_of_chip

#: what else people call a tier
OTHER_TIERS = {
    "hyperscalers": "hyperscaler",
    "aws": "hyperscaler",
    "azure": "hyperscaler",
    "google": "hyperscaler",
    "gcp": "hyperscaler",
    "specialized": "specialised",
    "neocloud": "specialised",
    "on-demand": "specialised",
    "on demand": "specialised",
    "community": "marketplace",
    "commitment": "reserved",
    "committed": "reserved",
    "contract": "reserved",
    "preemptible": "spot",
}


def tier() -> Any:
    said = "Price tier: hyperscaler, specialised, marketplace, reserved or spot; left out: specialised clouds, on demand"
    return Field(None, max_length=40, description=said, examples=["hyperscaler", "reserved"])


class TrainingCost(Run):
    """What does it cost to rent the chips of this training run, or of this many chips for this long?"""

    price: float | None = number(
        "USD/GPU-hour", "Rental price of one chip for one hour; it is the whole bill of that hour", gt=0, le=10_000
    )
    tier: str | None = tier()


def training_cost(asked: TrainingCost) -> list[Estimate]:
    if published(asked):
        return [looked_up("training_cost", fact("models", str(asked.model), "cost_usd"))]
    return [rental(asked)]


def published(asked: TrainingCost) -> bool:
    """Whether the question is about the run as it was, and its cost is known."""
    as_it_was = not any(asked.has(field) for field in type(asked).model_fields if field != "model")
    return bool(asked.model and as_it_was and known("models", asked.model, "cost_usd"))


def rental(asked: Run, name: str = "training_cost") -> Estimate:
    price = hourly_price(asked)
    usual = not asked.has("price") and not getattr(asked, "tier", None) and f"{chip(asked)}:specialised" in rows("rentals")
    warnings = ("rent_tier",) if usual else ()
    return estimate(rental_cost, name=name, unit="USD", warnings=warnings, gpu_hours=chip_hours(asked), price=price)


def hourly_price(asked: Run) -> Input:
    """The user's; that of the tier named; else of specialised clouds on demand, between the cheapest offer and a hyperscaler's."""
    if asked.has("price"):
        return asked.given("price")
    wanted: str = getattr(asked, "tier", None) or ""
    if not wanted:
        return fact_of_chip(asked, "rental_usd_per_gpu_hour", "price")
    tiers = {cells["tier"]: id for id, cells in rows("rentals").items() if cells["chip"] == chip(asked)}
    tier = OTHER_TIERS.get(wanted.strip().casefold(), wanted.strip().casefold())
    if tier not in tiers:
        offered = f"use {', '.join(tiers)}, or give the price" if tiers else "give the price: the table has no tiers for this chip"
        raise InvalidInput(field="tier", value=wanted, allowed=offered)
    return fact("rentals", tiers[tier], "usd_per_gpu_hour")


def rental_cost(gpu_hours: float, price: float) -> float:
    return gpu_hours * price
