"""What falls to each of so many, or to some of them, of a cost, an electricity, a CO2 or a volume of water."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.inputs import Inputs, number

#: input → figure, its unit
PARTS = {
    "cost": ("cost_each", "USD"),
    "energy_kwh": ("energy_each", "kWh"),
    "carbon_t": ("carbon_each", "gCO2e"),
    "water_l": ("water_each", "L"),
}


class ShareEach(Inputs):
    """What does each of so many questions, users or customers have of a cost, an electricity, a CO2 or a volume of water?"""

    among: float | None = number("1", "Among how many it is shared: questions, users, customers", gt=0, le=1e15)
    counted: float | None = number("1", "For how many of them it is asked; left out: for one", gt=0, le=1e15)
    cost: float | None = number("USD", "Cost to be shared", ge=0, le=1e15)
    energy_kwh: float | None = number("kWh", "Electricity to be shared", ge=0, le=1e14)
    carbon_t: float | None = number("tCO2e", "CO2 to be shared", ge=0, le=1e12)
    water_l: float | None = number("L", "Water to be shared", ge=0, le=1e15)


def share_each(asked: ShareEach) -> list[Estimate]:
    asked.need("among")
    given = [field for field in PARTS if asked.has(field)]
    if not given:
        raise MissingInput(calculator="share_each", needs=list(PARTS))
    return [_share(asked, field) for field in given]


def _share(asked: ShareEach, field: str) -> Estimate:
    name, unit = PARTS[field]
    parts: dict[str, Input] = {"total": asked.given(field), "among": asked.given("among")}
    if asked.has("counted"):
        of_many = name.replace("_each", "_share")
        return estimate(shared_by_some, {**parts, "counted": asked.given("counted")}, name=of_many, unit=unit, gives=asked.unit(field))
    return estimate(shared, parts, name=name, unit=unit, gives=asked.unit(field))


def shared_by_some(total: float, among: float, counted: float) -> float:
    return total / among * counted


def shared(total: float, among: float) -> float:
    return total / among
