"""What a site draws beside its machines: from two of its meter, its machines and its PUE the third."""

from __future__ import annotations

from aitoll.tools.errors import InvalidInput
from aitoll.tools.estimate import Estimate, Formula, Input, estimate
from aitoll.tools.inputs import Inputs, number


class SiteOverhead(Inputs):
    """What does a whole site draw for its machines, what is left for the machines of its meter, or which PUE are the two?"""

    energy_kwh: float | None = number("kWh", "Electricity at the meter, overhead included", gt=0, le=1e14)
    it_energy_kwh: float | None = number("kWh", "Electricity of the machines, without the site's overhead", gt=0, le=1e14)
    pue: float | None = number("1", "Power usage effectiveness of the site; left out: the one that both electricities make", ge=1, le=5)


def site_overhead(asked: SiteOverhead) -> list[Estimate]:
    """The one that was not given, first; then the overhead, and its share of the meter."""
    if asked.has("energy_kwh") and asked.has("it_energy_kwh"):
        return _of_both(asked)
    asked.need("pue")
    pue = asked.given("pue")
    share = estimate(overhead_share, unit="1", pue=pue)
    if asked.has("it_energy_kwh"):
        machines: dict[str, Input] = {"it_energy": asked.given("it_energy_kwh"), "pue": pue}
        return [estimate(at_the_meter, machines, name="site_energy", unit="kWh"), _overhead(beside_machines, machines), share]
    if asked.has("energy_kwh"):
        whole: dict[str, Input] = {"energy": asked.given("energy_kwh"), "pue": pue}
        return [estimate(of_machines, whole, name="it_energy", unit="kWh"), _overhead(within_meter, whole), share]
    return [share]


def _of_both(asked: SiteOverhead) -> list[Estimate]:
    if asked.has("pue"):
        raise InvalidInput(field="pue", value=f"{asked.pue:g}", allowed="give two of the meter, the machines and the PUE")
    whole, machines = asked.given("energy_kwh"), asked.given("it_energy_kwh")
    if machines.value > whole.value:
        raise InvalidInput(field="it_energy_kwh", value=f"{machines.value:g}", allowed="use at most the electricity at the meter")
    both: dict[str, Input] = {"energy": whole, "it_energy": machines}
    return [estimate(meter_over_machines, both, name="site_pue", unit="1"), _overhead(meter_less_machines, both)]


def _overhead(formula: Formula, parts: dict[str, Input]) -> Estimate:
    return estimate(formula, parts, name="overhead_energy", unit="kWh", sampled=True)


def at_the_meter(it_energy: float, pue: float) -> float:
    return it_energy * pue


def of_machines(energy: float, pue: float) -> float:
    return energy / pue


def beside_machines(it_energy: float, pue: float) -> float:
    return it_energy * (pue - 1)


def within_meter(energy: float, pue: float) -> float:
    return energy * (1 - 1 / pue)


def meter_over_machines(energy: float, it_energy: float) -> float:
    return energy / it_energy


def meter_less_machines(energy: float, it_energy: float) -> float:
    return energy - it_energy


def overhead_share(pue: float) -> float:
    return 1 - 1 / pue
