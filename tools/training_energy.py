"""Electricity that a training run takes from the meter of its site."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Value, estimate, looked_up
from aitoll.tools.facts import constant, fact, known, row
from aitoll.tools.inputs import name, number
from aitoll.tools.run import Machines, it_energy


class Sited(Machines):
    """A run and the site where it stands."""

    pue: float | None = number("1", "Power usage effectiveness of the site; left out: the facility's, else a typical range", ge=1, le=5)
    facility: str | None = name("facilities", "A site or a fleet with published PUE and WUE")


class TrainingEnergy(Sited):
    """How much electricity does it take to train this model, or to run these chips for this long?"""


def training_energy(asked: TrainingEnergy) -> list[Estimate]:
    return [site_energy(asked)]


def site_energy(asked: Sited) -> Estimate:
    """Facility energy: published for the run as it was, else from its chip-hours."""
    if published_energy(asked):
        return looked_up("training_energy", fact("models", str(asked.model), "energy_kwh"))
    return estimate(facility_energy, name="training_energy", unit="kWh", it_energy=it_energy(asked), pue=overhead(asked))


def published_energy(asked: Sited) -> bool:
    """Only where the published figure is at the meter: others are GPU energy, often hours × rated power."""
    described = any(asked.has(field) for field in Sited.model_fields if field != "model")
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
