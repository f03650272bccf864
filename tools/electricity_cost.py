"""What electricity costs."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.inputs import number
from aitoll.tools.training_energy import Sited, site_energy


class ElectricityCost(Sited):
    """What does the electricity of this run, or this much electricity, cost?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, site overhead included", ge=0, le=1e14)
    electricity_price: float | None = number(
        "USD/kWh", "Price of the electricity; left out: a large buyer in the United States", gt=0, le=100
    )


def electricity_cost(asked: ElectricityCost) -> list[Estimate]:
    energy: Input = asked.given("energy_kwh") if asked.has("energy_kwh") else site_energy(asked)
    price = asked.or_constant("electricity_price", "electricity-large-buyer-us")
    return [estimate(bill, name="electricity_cost", unit="USD", energy=energy, electricity_price=price)]


def bill(energy: float, electricity_price: float) -> float:
    return energy * electricity_price
