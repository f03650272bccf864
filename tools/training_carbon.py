"""Greenhouse gases of a training run: of its electricity, by place and by contract, and of making its hardware."""

from __future__ import annotations

from pydantic import Field

from aitoll.tools.estimate import Estimate, Value, estimate, looked_up
from aitoll.tools.facts import constant, fact, known
from aitoll.tools.inputs import name, number
from aitoll.tools.run import chip_hours
from aitoll.tools.training_energy import Powered, at_meter


class TrainingCarbon(Powered):
    """How much CO2 does the electricity of this run, of these chips or this site for this long, emit where it is drawn?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, site overhead included", ge=0, le=1e14)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")
    grid_g_per_kwh: float | None = number("gCO2e/kWh", "Carbon intensity of the electricity", ge=0, le=3000)
    carbon_t: float | None = number("tCO2e", "CO2 of the electricity where it is drawn, if it is known", ge=0, le=1e12)
    matched_share: float | None = number("1", "Share of the electricity that contracts match with clean sources", ge=0, le=1)
    market_g_per_kwh: float | None = number("gCO2e/kWh", "Carbon intensity of the electricity that contracts claim", ge=0, le=3000)
    embodied: bool = Field(False, description="Whether the CO2 of making the hardware is wanted beside")
    embodied_kg_per_gpu: float | None = number("kgCO2e/GPU", "CO2 of making one chip with its share of the server", gt=0, le=100_000)
    lifetime: float | None = number("year", "How long the hardware serves", gt=0, le=30)
    lifetime_use: float | None = number("1", "Share of its life in which the hardware works", gt=0, le=1)


BESIDE = {"model", "matched_share", "market_g_per_kwh", "embodied", "embodied_kg_per_gpu", "lifetime", "lifetime_use"}


def training_carbon(asked: TrainingCarbon) -> list[Estimate]:
    location = by_place(asked)
    figures = [location, by_contract(asked, location), of_hardware(asked)]
    return [found for found in figures if found]


def by_place(asked: TrainingCarbon) -> Estimate:
    if asked.has("carbon_t"):
        return looked_up("training_carbon", asked.given("carbon_t"))
    if as_published(asked):
        return looked_up("training_carbon", fact("models", str(asked.model), "co2_location_t"))
    return estimate(location_based, name="training_carbon", unit="tCO2e", gives="gCO2e", energy=at_meter(asked), grid=intensity(asked))


def as_published(asked: TrainingCarbon) -> bool:
    as_it_was = not any(asked.has(field) for field in type(asked).model_fields if field not in BESIDE)
    return bool(asked.model and as_it_was and known("models", asked.model, "co2_location_t"))


def intensity(asked: TrainingCarbon) -> Value:
    if asked.has("grid_g_per_kwh"):
        return asked.given("grid_g_per_kwh")
    if asked.place:
        return fact("grids", asked.place, "g_per_kwh")
    if asked.model and known("models", asked.model, "grid_g_per_kwh"):
        return fact("models", asked.model, "grid_g_per_kwh")
    return constant("grid-unknown-site")


def by_contract(asked: TrainingCarbon, location: Estimate) -> Estimate | None:
    """Market-based: shown beside what is emitted, never instead."""
    title = "training_carbon_market"
    if asked.has("market_g_per_kwh"):
        own = asked.given("market_g_per_kwh")
        return estimate(claimed, name=title, unit="tCO2e", gives="gCO2e", energy=at_meter(asked), market_grid=own)
    if asked.has("matched_share"):
        share, residual = asked.given("matched_share"), constant("market-based-residual-factor")
        return estimate(market_based, name=title, unit="tCO2e", location=location, matched_share=share, residual=residual)
    if as_published(asked) and known("models", str(asked.model), "co2_market_t"):
        return looked_up(title, fact("models", str(asked.model), "co2_market_t"))
    return None


def of_hardware(asked: TrainingCarbon) -> Estimate | None:
    if not (asked.embodied or any(asked.has(field) for field in ("embodied_kg_per_gpu", "lifetime", "lifetime_use"))):
        return None
    return estimate(
        embodied_carbon,
        unit="tCO2e",
        gives="kgCO2e*hour/year",
        gpu_hours=chip_hours(asked),
        embodied_per_gpu=asked.or_constant("embodied_kg_per_gpu", "embodied-per-gpu-with-node"),
        lifetime=asked.or_constant("lifetime", "server-lifetime-lca"),
        lifetime_use=asked.or_constant("lifetime_use", "hardware-utilisation-over-life"),
    )


def location_based(energy: float, grid: float) -> float:
    return energy * grid


def claimed(energy: float, market_grid: float) -> float:
    return energy * market_grid


def market_based(location: float, matched_share: float, residual: float) -> float:
    # What contracts do not match comes from what others' contracts have left over.
    return location * (1 - matched_share) * residual


def embodied_carbon(gpu_hours: float, embodied_per_gpu: float, lifetime: float, lifetime_use: float) -> float:
    return gpu_hours * embodied_per_gpu / (lifetime * lifetime_use)
