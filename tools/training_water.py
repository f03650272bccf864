"""Water consumed by a training run, on the site and at the power plants."""

from __future__ import annotations

from pydantic import Field

from aitoll.tools.estimate import Estimate, Input, Value, estimate
from aitoll.tools.facts import constant, fact, known
from aitoll.tools.inputs import name, number
from aitoll.tools.training_energy import Powered, at_meter, machines, overhead


class TrainingWater(Powered):
    """How much water does this run, or these chips or this site for this long, consume on site and at the power plants?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, site overhead included", ge=0, le=1e14)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")
    wue: float | None = number("L/kWh", "Water used on site per kWh of IT energy", ge=0, le=50)
    ewif: float | None = number("L/kWh", "Water consumed at the power plants per kWh delivered", ge=0, le=50)
    withdrawal: bool = Field(False, description="Whether the water withdrawn is wanted beside the water consumed")
    withdrawal_ratio: float | None = number("1", "Water withdrawn at the power plants over water consumed there", ge=1, le=1000)


def training_water(asked: TrainingWater) -> list[Estimate]:
    pue = overhead(asked)
    drawn, wue = _of_machines(asked, pue), on_site(asked)
    whole = estimate(water_consumed, name="training_water", unit="L", it_energy=drawn, wue=wue, pue=pue, ewif=off_site(asked))
    on_the_site = estimate(water_on_site, unit="L", it_energy=drawn, wue=wue)
    if not (asked.withdrawal or asked.has("withdrawal_ratio")):
        return [whole, on_the_site]
    site, plants = (
        constant("onsite-withdrawal-to-consumption-ratio"),
        asked.or_constant("withdrawal_ratio", "withdrawal-to-consumption-ratio"),
    )
    return [whole, on_the_site, _withdrawn(drawn, pue, wue, off_site(asked), site, plants)]


def _withdrawn(machines: Input, pue: Value, wue: Value, ewif: Value, site: Value, plants: Value) -> Estimate:
    return estimate(water_withdrawn, unit="L", it_energy=machines, wue=wue, site_ratio=site, pue=pue, ewif=ewif, withdrawal_ratio=plants)


def _of_machines(asked: TrainingWater, pue: Value) -> Input:
    """Their electricity: from the meter where that is known, else their own."""
    if asked.has("energy_kwh") or asked.has("site_power_kw"):
        return estimate(machines_share, name="it_energy", unit="kWh", energy=at_meter(asked), pue=pue)
    return machines(asked)


def on_site(asked: TrainingWater) -> Value:
    if asked.has("wue"):
        return asked.given("wue")
    if asked.facility and known("facilities", asked.facility, "wue_l_per_kwh"):
        return fact("facilities", asked.facility, "wue_l_per_kwh")
    return constant("wue-unknown-site")


def off_site(asked: TrainingWater) -> Value:
    if asked.has("ewif"):
        return asked.given("ewif")
    if asked.place and known("grids", asked.place, "ewif_l_per_kwh"):
        return fact("grids", asked.place, "ewif_l_per_kwh")
    return constant("ewif-unknown-site")


def water_consumed(it_energy: float, wue: float, pue: float, ewif: float) -> float:
    # WUE is per kWh of IT energy, EWIF per kWh at the meter: PUE goes with the second only.
    return it_energy * (wue + pue * ewif)


def water_on_site(it_energy: float, wue: float) -> float:
    return it_energy * wue


def water_withdrawn(it_energy: float, wue: float, site_ratio: float, pue: float, ewif: float, withdrawal_ratio: float) -> float:
    # What is withdrawn and given back warmer counts here, and not in the water consumed.
    return it_energy * (wue * site_ratio + pue * ewif * withdrawal_ratio)


def machines_share(energy: float, pue: float) -> float:
    return energy / pue
