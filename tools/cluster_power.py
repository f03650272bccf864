"""How much power a cluster draws, at its peak and on average, with its site."""

from __future__ import annotations

from pydantic import Field

from aitoll.tools.estimate import Estimate, Input, estimate
from aitoll.tools.inputs import number
from aitoll.tools.run import Machines, fact_of_chip
from aitoll.tools.training_energy import Sited, overhead


class ClusterPower(Sited):
    """How much power do so many chips draw, with their servers and the site's overhead?"""

    server_kw: float | None = number("kW/GPU", "Peak power of one chip with its share of the server", gt=0, le=100)
    average: bool = Field(False, description="Whether the average over a run is wanted in place of the peak")


def cluster_power(asked: ClusterPower) -> list[Estimate]:
    asked.need("gpus")
    machines = estimate(machine_power, unit="kW", gpus=asked.given("gpus"), power_per_gpu=per_chip(asked))
    return [estimate(site_power, name="cluster_power", unit="kW", machine_power=machines, pue=overhead(asked)), machines]


def per_chip(asked: ClusterPower) -> Input:
    if asked.has("power_kw"):
        return asked.given("power_kw")
    if asked.has("server_kw") and not asked.average:
        return asked.given("server_kw")
    peak: Input = asked.given("server_kw") if asked.has("server_kw") else server_peak(asked)
    if not asked.average:
        return peak
    return estimate(
        average_power, unit="kW/GPU", peak_power=peak, average_to_peak=asked.or_constant("average_to_peak", "average-to-peak-power-gpu")
    )


def server_peak(asked: Machines) -> Estimate:
    """Peak power of one chip with its share of the host and the network."""
    tdp = asked.given("tdp_kw") if asked.has("tdp_kw") else fact_of_chip(asked, "tdp_kw", "server_kw")
    ratio = asked.given("server_ratio") if asked.has("server_ratio") else fact_of_chip(asked, "server_power_ratio", "server_kw")
    return estimate(peak_power, unit="kW/GPU", tdp=tdp, server_ratio=ratio)


def peak_power(tdp: float, server_ratio: float) -> float:
    return tdp * server_ratio


def average_power(peak_power: float, average_to_peak: float) -> float:
    return peak_power * average_to_peak


def machine_power(gpus: float, power_per_gpu: float) -> float:
    return gpus * power_per_gpu


def site_power(machine_power: float, pue: float) -> float:
    return machine_power * pue
