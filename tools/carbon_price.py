"""What CO2 costs at a price of a tonne."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.facts import fact
from aitoll.tools.inputs import Inputs, name, number


class CarbonPrice(Inputs):
    """What does so much CO2, or that of so much electricity, cost at this price or tax of a tonne?"""

    carbon_t: float | None = number("tCO2e", "CO2 that is paid for", ge=0, le=1e12)
    carbon_price: float | None = number("USD/tCO2e", "Price, or tax, of a tonne of CO2", ge=0, le=1e5)
    energy_kwh: float | None = number("kWh", "Electricity at the meter, in place of the CO2", ge=0, le=1e14)
    grid_g_per_kwh: float | None = number("gCO2e/kWh", "Carbon intensity of the electricity", ge=0, le=3000)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")


def carbon_price(asked: CarbonPrice) -> list[Estimate]:
    asked.need("carbon_price")
    return [estimate(price_of_carbon, name="carbon_cost", unit="USD", carbon=_emitted(asked), carbon_price=asked.given("carbon_price"))]


def _emitted(asked: CarbonPrice) -> Input:
    """Given, or of the electricity."""
    if asked.has("carbon_t"):
        return asked.given("carbon_t")
    if not asked.has("energy_kwh") or not (asked.has("grid_g_per_kwh") or asked.place):
        raise MissingInput(calculator="carbon_price", needs=["carbon_t"])
    grid = asked.given("grid_g_per_kwh") if asked.has("grid_g_per_kwh") else fact("grids", str(asked.place), "g_per_kwh")
    return estimate(emitted, name="carbon", unit="tCO2e", gives="gCO2e", energy=asked.given("energy_kwh"), grid=grid)


def price_of_carbon(carbon: float, carbon_price: float) -> float:
    return carbon * carbon_price


def emitted(energy: float, grid: float) -> float:
    return energy * grid
