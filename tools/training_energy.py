"""Electricity that a training run takes from the meter of its site."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Input, Value, estimate, looked_up
from aitoll.tools.facts import constant, fact, known, row
from aitoll.tools.inputs import name, number
from aitoll.tools.run import Machines, it_energy


class Sited(Machines):
    """A run and the site where it stands."""

    pue: float | None = number("1", "Power usage effectiveness of the site; left out: the facility's, else a typical range", ge=1, le=5)
    facility: str | None = name("facilities", "A site or a fleet with published PUE and WUE")


class Powered(Sited):
    """The same, or a site known by its power."""

    it_power_kw: float | None = number("kW", "Power of all machines together, without the site's overhead", gt=0, le=1e9)
    site_power_kw: float | None = number("kW", "Power of a whole site at the meter, overhead included", gt=0, le=1e9)
    load: float | None = number("1", "Share of that power that is drawn on average; left out: all of it", gt=0, le=1)


class TrainingEnergy(Powered):
    """How much electricity does it take to train this model, or to run these chips, or a site of this power, for this long?"""


def training_energy(asked: TrainingEnergy) -> list[Estimate]:
    return [site_energy(asked)]


def site_energy(asked: Sited) -> Estimate:
    """Facility energy: of the site's power, published for the run as it was, else from its chip-hours."""
    return asked.once("site_energy", _site_energy)


def _site_energy(asked: Sited) -> Estimate:
    if asked.has("site_power_kw"):
        return energy_of(asked, "site_power_kw", "training_energy")
    if published_energy(asked):
        return looked_up("training_energy", fact("models", str(asked.model), "energy_kwh"))
    return estimate(facility_energy, name="training_energy", unit="kWh", it_energy=machines(asked), pue=overhead(asked))


def at_meter(asked: Sited) -> Input:
    """Electricity at the meter: given, or that of the run or of the site."""
    return asked.given("energy_kwh") if asked.has("energy_kwh") else site_energy(asked)


def machines(asked: Sited) -> Input:
    """Electricity of the machines: of their power all together, else of each chip."""
    if asked.has("it_power_kw"):
        return asked.once("it_energy", lambda asked: energy_of(asked, "it_power_kw", "it_energy"))
    return it_energy(asked)


def energy_of(asked: Sited, field: str, name: str) -> Estimate:
    """So much power for so long: a year, where no time is given."""
    year = Value(8766.0, "hour", "assumed", 8766.0, 8766.0, note="a year, since no time was given", row="assumed/hours")
    parts: dict[str, Input] = {"power_drawn": asked.given(field), "hours": asked.given("hours") if asked.has("hours") else year}
    if asked.has("load"):
        return estimate(energy_of_load, {**parts, "load": asked.given("load")}, name=name, unit="kWh", gives="kW*hour")
    return estimate(energy_of_power, parts, name=name, unit="kWh", gives="kW*hour", warnings=("full_load",))


def published_energy(asked: Sited) -> bool:
    """Only where the published figure is at the meter: others are GPU energy, often hours × rated power."""
    described = any(asked.has(field) for field in Powered.model_fields if field != "model")
    if not asked.model or described or not known("models", asked.model, "energy_kwh"):
        return False
    return row("models", asked.model)["energy_scope"].startswith("facility")


def overhead(asked: Sited) -> Value:
    if asked.has("pue"):
        return asked.given("pue")
    if asked.facility and known("facilities", asked.facility, "pue"):
        return fact("facilities", asked.facility, "pue")
    return constant("pue-other-ai-operator")


def facility_energy(it_energy: float, pue: float) -> float:
    return it_energy * pue


def energy_of_power(power_drawn: float, hours: float) -> float:
    return power_drawn * hours


def energy_of_load(power_drawn: float, load: float, hours: float) -> float:
    return power_drawn * load * hours
