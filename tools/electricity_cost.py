"""What electricity costs."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, estimate
from aitoll.tools.inputs import number
from aitoll.tools.training_energy import Powered, at_meter


class ElectricityCost(Powered):
    """What does the electricity of this run, or of these chips or this site for this long, cost?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, site overhead included", ge=0, le=1e14)
    electricity_price: float | None = number(
        "USD/kWh", "Price of the electricity; left out: a large buyer in the United States", gt=0, le=100
    )


def electricity_cost(asked: ElectricityCost) -> list[Estimate]:
    price = asked.or_constant("electricity_price", "electricity-large-buyer-us")
    return [estimate(bill, name="electricity_cost", unit="USD", energy=at_meter(asked), electricity_price=price)]


def bill(energy: float, electricity_price: float) -> float:
    return energy * electricity_price
