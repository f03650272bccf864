"""What better cooling saves of the electricity, from the PUE before and after."""

from __future__ import annotations

from aitoll.tools.errors import InvalidInput
from aitoll.tools.estimate import Estimate, estimate
from aitoll.tools.inputs import Inputs, number


class CoolingSavings(Inputs):
    """Which share of the electricity does better cooling save, from the PUE before and after?"""

    pue_before: float | None = number("1", "PUE before; left out: the average of all operators", ge=1, le=5)
    pue_after: float | None = number("1", "PUE after; left out: direct liquid cooling", ge=1, le=5)
    energy_kwh: float | None = number("kWh", "Electricity at the meter before", ge=0, le=1e14)
    it_energy_kwh: float | None = number("kWh", "Electricity of the machines, without the site's overhead", ge=0, le=1e14)


def cooling_savings(asked: CoolingSavings) -> list[Estimate]:
    before = asked.or_constant("pue_before", "pue-unknown-site")
    after = asked.or_constant("pue_after", "pue-direct-liquid-cooling")
    if after.value > before.value:
        raise InvalidInput(field="pue_after", value=f"{after.value:g}", allowed=f"use a PUE from 1 to the one before, {before.value:g}")
    share = estimate(saved_share, unit="1", sampled=True, pue_before=before, pue_after=after)
    if asked.has("it_energy_kwh"):
        machines = asked.given("it_energy_kwh")
        return [
            estimate(saved_overhead, name="saved_energy", unit="kWh", sampled=True, it_energy=machines, pue_before=before, pue_after=after),
            share,
        ]
    if not asked.has("energy_kwh"):
        return [share]
    return [estimate(saved_energy, unit="kWh", sampled=True, energy=asked.given("energy_kwh"), saved_share=share), share]


def saved_share(pue_before: float, pue_after: float) -> float:
    return 1 - pue_after / pue_before


def saved_energy(energy: float, saved_share: float) -> float:
    return energy * saved_share


def saved_overhead(it_energy: float, pue_before: float, pue_after: float) -> float:
    return it_energy * (pue_before - pue_after)
