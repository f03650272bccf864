"""What a cluster costs over the years: bought, powered, housed and run; and the rental price at which it breaks even."""

from __future__ import annotations

from aitoll.tools.cluster_power import machine_power, server_peak, site_power
from aitoll.tools.estimate import Estimate, Input, Value, estimate
from aitoll.tools.facts import known
from aitoll.tools.gpu_budget import bought, in_cluster
from aitoll.tools.inputs import number
from aitoll.tools.run import chip
from aitoll.tools.training_cost import hourly_price, tier
from aitoll.tools.training_energy import Sited, overhead


class ClusterBudget(Sited):
    """What does a cluster of so many chips cost over some years, and from which rental price on is it cheaper than renting?"""

    unit_price: float | None = number("USD/GPU", "Price of one chip", gt=0, le=10_000_000)
    server_factor: float | None = number("1", "Price of a server over that of its chips", ge=1, le=10)
    network_share: float | None = number("1", "Share of the network in the whole hardware", ge=0, le=0.9)
    years: float | None = number("year", "How long the cluster serves; left out: the accounting life of servers", gt=0, le=30)
    use: float | None = number("1", "Share of the time in which the chips work; left out: that of training clusters", gt=0, le=1)
    electricity_price: float | None = number("USD/kWh", "Price of the electricity; left out: a large US buyer", gt=0, le=100)
    hosting_price: float | None = number("USD/kW/year", "Rent of space, cooling and power lines for a kilowatt a year", ge=0, le=100_000)
    operations: float | None = number("1/year", "Staff, maintenance and software a year, over the purchase", ge=0, le=1)
    price: float | None = number("USD/GPU-hour", "Rental price of one chip for one hour, to compare with", gt=0, le=10_000)
    tier: str | None = tier()


def cluster_budget(asked: ClusterBudget) -> list[Estimate]:
    asked.need("gpus")
    id, machines = chip(asked), draw(asked)
    hardware = in_cluster(asked, id, "cluster_cost", "USD", bought(asked, id, asked.given("gpus")))
    running = estimate(
        yearly_cost,
        unit="USD/year",
        electricity=electricity(asked, machines),
        hosting=estimate(
            hosting_cost, unit="USD/year", machine_power=machines, hosting_price=asked.or_constant("hosting_price", "colocation-price")
        ),
        hardware=hardware,
        operations=asked.or_constant("operations", "operations-share-of-capex-per-year"),
    )
    years = asked.or_constant("years", "server-lifetime-accounting")
    whole = estimate(total_cost, name="cluster_total_cost", unit="USD", hardware=hardware, yearly_cost=running, years=years)
    power = estimate(site_power, name="cluster_power", unit="kW", machine_power=machines, pue=overhead(asked))
    return [whole, hardware, power, running, break_even(asked, whole, years), *rented(asked, years)]


def draw(asked: ClusterBudget) -> Estimate:
    """Peak of the machines: what must be housed."""
    each: Input = asked.given("power_kw") if asked.has("power_kw") else server_peak(asked)
    return estimate(machine_power, unit="kW", gpus=asked.given("gpus"), power_per_gpu=each)


def electricity(asked: ClusterBudget, machines: Estimate) -> Estimate:
    parts: dict[str, Input] = {
        "machine_power": machines,
        "average_to_peak": asked.or_constant("average_to_peak", "average-to-peak-power-gpu"),
        "use": in_use(asked),
        "pue": overhead(asked),
        "electricity_price": asked.or_constant("electricity_price", "electricity-large-buyer-us"),
    }
    return estimate(yearly_electricity, parts, unit="USD/year", gives="USD/hour")


def in_use(asked: ClusterBudget) -> Value:
    return asked.or_constant("use", "hardware-utilisation-over-life")


def break_even(asked: ClusterBudget, whole: Estimate, years: Value) -> Estimate:
    """The price of an hour at which renting the same hours costs the same."""
    used: dict[str, Input] = {"total_cost": whole, "gpus": asked.given("gpus"), "years": years, "use": in_use(asked)}
    return estimate(cost_of_hour, used, name="break_even_price", unit="USD/GPU-hour", gives="USD/GPU/year")


def rented(asked: ClusterBudget, years: Value) -> list[Estimate]:
    """What renting the same hours costs, where a price is known."""
    if not (asked.has("price") or asked.has("tier") or known("accelerators", chip(asked), "rental_usd_per_gpu_hour")):
        return []
    used: dict[str, Input] = {"gpus": asked.given("gpus"), "price": hourly_price(asked), "years": years, "use": in_use(asked)}
    return [estimate(rent_of_hours, used, name="rental_cost", unit="USD", gives="USD*year/hour")]


def hosting_cost(machine_power: float, hosting_price: float) -> float:
    return machine_power * hosting_price


def yearly_electricity(machine_power: float, average_to_peak: float, use: float, pue: float, electricity_price: float) -> float:
    return machine_power * average_to_peak * use * pue * electricity_price


def yearly_cost(electricity: float, hosting: float, hardware: float, operations: float) -> float:
    return electricity + hosting + hardware * operations


def total_cost(hardware: float, yearly_cost: float, years: float) -> float:
    return hardware + yearly_cost * years


def cost_of_hour(total_cost: float, gpus: float, years: float, use: float) -> float:
    return total_cost / (gpus * years * use)


def rent_of_hours(gpus: float, price: float, years: float, use: float) -> float:
    return gpus * price * years * use
