"""CO2 that the same electricity avoids on another grid."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.facts import fact
from aitoll.tools.inputs import Inputs, name, number


class AvoidedCarbon(Inputs):
    """How much CO2 is avoided when the same electricity comes from another grid, and by what factor does it fall?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter; left out: the factor alone", ge=0, le=1e14)
    grid_before: float | None = number("gCO2e/kWh", "Carbon intensity before", gt=0, le=3000)
    grid_after: float | None = number("gCO2e/kWh", "Carbon intensity after", ge=0, le=3000)
    place_before: str | None = name("grids", "Country, state or cloud region of the grid before", "pol")
    place_after: str | None = name("grids", "Country, state or cloud region of the grid after", "fra")


def avoided_carbon(asked: AvoidedCarbon) -> list[Estimate]:
    before, after = (_intensity(asked, side) for side in ("before", "after"))
    found = []
    if asked.has("energy_kwh"):
        energy = asked.given("energy_kwh")
        named = {"energy": energy, "grid_before": before, "grid_after": after}
        found.append(estimate(avoided, named, name="avoided_carbon", unit="tCO2e", gives="gCO2e", sampled=_is_uncertain(before, after)))
    if after.value:
        found.append(estimate(times_less, name="carbon_ratio", unit="1", grid_before=before, grid_after=after))
    return found


def _intensity(asked: AvoidedCarbon, side: str) -> Value:
    """Given, or the place's."""
    if asked.has(f"grid_{side}"):
        return asked.given(f"grid_{side}")
    if place := getattr(asked, f"place_{side}"):
        return fact("grids", str(place), "g_per_kwh")
    raise MissingInput(calculator="avoided_carbon", needs=[f"grid_{side}", f"place_{side}"])


def _is_uncertain(*grids: Value) -> bool:
    return not all(grid.certain for grid in grids)


def avoided(energy: float, grid_before: float, grid_after: float) -> float:
    return energy * (grid_before - grid_after)


def times_less(grid_before: float, grid_after: float) -> float:
    return grid_before / grid_after
