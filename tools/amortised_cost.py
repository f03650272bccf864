"""What a run costs its owner: the hardware that it wears out, and the electricity."""

from __future__ import annotations

from datetime import date

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, Value, estimate
from aitoll.tools.facts import constant, known, row
from aitoll.tools.gpu_budget import server_factor
from aitoll.tools.inputs import number
from aitoll.tools.run import chip, chip_hours
from aitoll.tools.training_energy import Sited, site_energy


class AmortisedCost(Sited):
    """What does this run cost its owner in hardware worn out and electricity?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, site overhead included", ge=0, le=1e14)
    unit_price: float | None = number("USD/GPU", "Price of one chip when it was bought", gt=0, le=10_000_000)
    server_factor: float | None = number("1", "Price of a server over that of its chips", ge=1, le=10)
    server_value: float | None = number(
        "USD/GPU", "Value of one chip with its share of the server when the run started", gt=0, le=10_000_000
    )
    age: float | None = number("year", "From the release of the chip to the start of the run", ge=0, le=30)
    depreciation: float | None = number("1/year", "Share of its value that hardware loses a year, continuously", gt=0, le=5)
    network_share: float | None = number("1", "Share of the network in the whole hardware", ge=0, le=0.9)
    electricity_price: float | None = number(
        "USD/kWh", "Price of the electricity; left out: a large buyer in the United States", gt=0, le=100
    )
    chips_cost: float | None = number("USD", "The part of the chips, if it is known", ge=0, le=1e14)
    servers_cost: float | None = number("USD", "The part of the servers without chips, if it is known", ge=0, le=1e14)
    network_cost: float | None = number("USD", "The part of the network, if it is known", ge=0, le=1e14)
    energy_cost: float | None = number("USD", "The part of the electricity, if it is known", ge=0, le=1e14)


PARTS = ("chips_cost", "servers_cost", "network_cost")


def amortised_cost(asked: AmortisedCost) -> list[Estimate]:
    if any(asked.has(part) for part in PARTS):
        return of_parts(asked)
    machines = hardware(asked)
    return [estimate(worn_and_drawn, name="amortised_cost", unit="USD", hardware=machines, energy_cost=electricity(asked)), machines]


def of_parts(asked: AmortisedCost) -> list[Estimate]:
    """From the parts of a bill: their sum, and the share of the network."""
    asked.need(*PARTS)
    parts: dict[str, Input] = {part: asked.given(part) for part in PARTS}
    machines = estimate(hardware_in_parts, parts, name="hardware_cost", unit="USD")
    share = estimate(share_of_network, parts, name="network_share", unit="1")
    if not asked.has("energy_cost"):
        return [machines, share]
    return [
        estimate(worn_and_drawn, name="amortised_cost", unit="USD", hardware=machines, energy_cost=asked.given("energy_cost")),
        machines,
        share,
    ]


def hardware(asked: AmortisedCost) -> Estimate:
    return estimate(
        hardware_worn,
        name="hardware_cost",
        unit="USD",
        gives="USD*hour/year",
        server_value=asked.given("server_value") if asked.has("server_value") else value_at_start(asked),
        depreciation=rate(asked),
        gpu_hours=chip_hours(asked),
        network_share=asked.or_constant("network_share", "cluster-network-share"),
    )


def value_at_start(asked: AmortisedCost) -> Estimate:
    """Price of chip and server, less what they lost before the run began."""
    id = chip(asked)
    if not asked.has("unit_price") and not known("accelerators", id, "unit_price_usd"):
        raise MissingInput(calculator="amortised_cost", needs=["unit_price", "server_value"])
    return estimate(
        value_left,
        name="server_value",
        unit="USD/GPU",
        unit_price=asked.or_fact("unit_price", "accelerators", id, "unit_price_usd"),
        server_factor=server_factor(asked, id),
        depreciation=rate(asked),
        age=age(asked),
    )


def rate(asked: AmortisedCost) -> Value:
    return asked.or_constant("depreciation", "depreciation-rate")


def age(asked: AmortisedCost) -> Value:
    """Given; from the two release dates, less a run of the usual length; else the usual delay of buyers."""
    if asked.has("age"):
        return asked.given("age")
    least = constant("hardware-delay-after-release").to("year")
    released = row("accelerators", chip(asked))["released"], row("models", asked.model)["released"] if asked.model else ""
    if not all(len(day) == 10 for day in released):
        return least
    years = (date.fromisoformat(released[1]) - date.fromisoformat(released[0])).days / 365.25 - 0.5
    if years <= least.value:
        return least
    note = "from the release of the chip to that of the model, less half a year to train and prepare it"
    return Value(years, "year", "assumed", max(0.0, years - 0.5), years + 0.25, note=note, row=f"models/{asked.model}/age")


def electricity(asked: AmortisedCost) -> Input:
    if asked.has("energy_cost"):
        return asked.given("energy_cost")
    energy: Input = asked.given("energy_kwh") if asked.has("energy_kwh") else site_energy(asked)
    price = asked.or_constant("electricity_price", "electricity-large-buyer-us")
    return estimate(bill, name="energy_cost", unit="USD", energy=energy, electricity_price=price)


def value_left(unit_price: float, server_factor: float, depreciation: float, age: float) -> float:
    return unit_price * server_factor * 2.718281828459045 ** (-depreciation * age)  # type: ignore[no-any-return]


def hardware_worn(server_value: float, depreciation: float, gpu_hours: float, network_share: float) -> float:
    # The network is a share of the whole, so the rest is divided by what remains.
    return server_value * depreciation * gpu_hours / (1 - network_share)


def worn_and_drawn(hardware: float, energy_cost: float) -> float:
    return hardware + energy_cost


def hardware_in_parts(chips_cost: float, servers_cost: float, network_cost: float) -> float:
    return chips_cost + servers_cost + network_cost


def share_of_network(chips_cost: float, servers_cost: float, network_cost: float) -> float:
    return network_cost / (chips_cost + servers_cost + network_cost)


def bill(energy: float, electricity_price: float) -> float:
    return energy * electricity_price
