"""What it costs to buy chips, alone or as a whole cluster, and how many a budget buys."""

from __future__ import annotations

from pydantic import Field

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, Value, estimate, looked_up
from aitoll.tools.facts import constant, known
from aitoll.tools.inputs import Inputs, name, number
from aitoll.tools.run import DEFAULT_GPU


class GpuBudget(Inputs):
    """What do so many chips cost to buy, with or without servers and network; or how many does this budget buy?"""

    gpu: str | None = name("accelerators", "The chip to buy", "h100-sxm", "b200")
    gpus: float | None = number("GPU", "How many chips", ge=1, le=1e8)
    unit_price: float | None = number("USD/GPU", "Price of one chip", gt=0, le=10_000_000)
    budget: float | None = number("USD", "Money to spend; then the answer is a number of chips", gt=0, le=1e14)
    cluster: bool = Field(False, description="Whether servers and network are bought too")
    server_factor: float | None = number("1", "Price of a server over that of its chips", ge=1, le=10)
    network_share: float | None = number("1", "Share of the network in the whole", ge=0, le=0.9)


def gpu_budget(asked: GpuBudget) -> list[Estimate]:
    id = asked.gpu or DEFAULT_GPU
    price = chip_price(asked, id)
    if asked.has("budget"):
        cost = in_cluster(asked, id, "price_per_gpu_in_cluster", "USD/GPU", price) if asked.cluster else price
        return [estimate(affordable, name="affordable_gpus", unit="GPU", whole=True, budget=asked.given("budget"), price_per_gpu=cost)]
    if not asked.has("gpus"):
        return [price if isinstance(price, Estimate) else looked_up("gpu_price", price)]
    chips = bought(asked, id, asked.given("gpus"))
    return [in_cluster(asked, id, "cluster_cost", "USD", chips), chips] if asked.cluster else [chips]


def bought(asked: Inputs, id: str, gpus: Input) -> Estimate:
    """The chips alone."""
    return estimate(purchase, name="gpu_purchase", unit="USD", gpus=gpus, unit_price=chip_price(asked, id))


def chip_price(asked: Inputs, id: str) -> Input:
    if not asked.has("unit_price") and not known("accelerators", id, "unit_price_usd"):
        raise MissingInput(calculator="gpu_budget", needs=["unit_price"])
    return asked.or_fact("unit_price", "accelerators", id, "unit_price_usd")


def in_cluster(asked: Inputs, id: str, name: str, unit: str, chips: Input) -> Estimate:
    """Chips, or one chip, with its part of servers and network."""
    share = asked.or_constant("network_share", "cluster-network-share")
    return estimate(cluster_cost, name=name, unit=unit, chips=chips, server_factor=server_factor(asked, id), network_share=share)


def server_factor(asked: Inputs, id: str) -> Value:
    """The user's; else the chip's own, else that of other chips."""
    if not asked.has("server_factor") and not known("accelerators", id, "server_cost_factor"):
        return constant("server-cost-factor-other")
    return asked.or_fact("server_factor", "accelerators", id, "server_cost_factor")


def purchase(gpus: float, unit_price: float) -> float:
    return gpus * unit_price


def cluster_cost(chips: float, server_factor: float, network_share: float) -> float:
    # The network is a share of the whole, so the rest is divided by what remains.
    return chips * server_factor / (1 - network_share)


def affordable(budget: float, price_per_gpu: float) -> float:
    return budget / price_per_gpu
