"""Greenhouse gases of the electricity of a training run, location-based."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Input, Value, estimate, looked_up
from aitoll.tools.facts import constant, fact, known
from aitoll.tools.inputs import name, number
from aitoll.tools.training_energy import Sited, site_energy


class TrainingCarbon(Sited):
    """How much CO2 does the electricity of this run, or this much electricity, emit where it is drawn?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, site overhead included", ge=0, le=1e14)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")
    grid_g_per_kwh: float | None = number("gCO2e/kWh", "Carbon intensity of the electricity", ge=0, le=3000)


def training_carbon(asked: TrainingCarbon) -> list[Estimate]:
    if as_published(asked):
        return [looked_up("training_carbon", fact("models", str(asked.model), "co2_location_t"))]
    energy: Input = asked.given("energy_kwh") if asked.has("energy_kwh") else site_energy(asked)
    return [estimate(location_based, name="training_carbon", unit="tCO2e", gives="gCO2e", energy=energy, grid=intensity(asked))]


def as_published(asked: TrainingCarbon) -> bool:
    as_it_was = not any(asked.has(field) for field in type(asked).model_fields if field != "model")
    return bool(asked.model and as_it_was and known("models", asked.model, "co2_location_t"))


def intensity(asked: TrainingCarbon) -> Value:
    if asked.has("grid_g_per_kwh"):
        return asked.given("grid_g_per_kwh")
    if asked.place:
        return fact("grids", asked.place, "g_per_kwh")
    if asked.model and known("models", asked.model, "grid_g_per_kwh"):
        return fact("models", asked.model, "grid_g_per_kwh")
    return constant("grid-unknown-site")


def location_based(energy: float, grid: float) -> float:
    return energy * grid
