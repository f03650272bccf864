"""Water of using a model, per question and for many."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.facts import constant, fact, known
from aitoll.tools.inputs import name, number
from aitoll.tools.use_energy import DEFAULT_SYSTEM, Use, count


class UseWater(Use):
    """How much water do so many questions take, on site and, where it is published, at the power plants?"""

    water_l: float | None = number("L", "A volume that covers a number of questions, such as half a litre", gt=0, le=1e12)
    per_questions: float | None = number("1", "How many questions that volume covers", gt=0, le=1e12)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")
    pue: float | None = number("1", "Power usage effectiveness of the site", ge=1, le=5)
    wue: float | None = number("L/kWh", "Water used on site per kWh of IT energy", ge=0, le=50)
    ewif: float | None = number("L/kWh", "Water consumed at the power plants per kWh delivered", ge=0, le=50)


def use_water(asked: UseWater) -> list[Estimate]:
    if asked.has("water_l") or asked.has("per_questions"):
        asked.need("water_l", "per_questions")
        water, covered = asked.given("water_l"), asked.given("per_questions")
        return [estimate(water_of_share, name="use_water", unit="L", questions=count(asked), water=water, per_questions=covered)]
    system = asked.system or DEFAULT_SYSTEM
    sited = asked.place or any(asked.has(field) for field in ("pue", "wue", "ewif", "energy_per_question"))
    if not sited and known("inference", system, "water_l"):
        each = fact("inference", system, "water_l")
        return [estimate(water_of_questions, name="use_water", unit="L", questions=count(asked), water_per_question=each)]
    return [_from_energy(asked, system)]


def _from_energy(asked: UseWater, system: str) -> Estimate:
    if not asked.has("energy_per_question") and not known("inference", system, "energy_kwh"):
        raise MissingInput(calculator="use_water", needs=["energy_per_question"])
    return estimate(
        water_of_energy,
        name="use_water",
        unit="L",
        questions=count(asked),
        energy_per_question=asked.or_fact("energy_per_question", "inference", system, "energy_kwh"),
        wue=asked.or_constant("wue", "wue-unknown-site"),
        pue=asked.or_constant("pue", "pue-hyperscaler"),
        ewif=_off_site(asked),
    )


def _off_site(asked: UseWater) -> Value:
    if asked.has("ewif"):
        return asked.given("ewif")
    if asked.place and known("grids", asked.place, "ewif_l_per_kwh"):
        return fact("grids", asked.place, "ewif_l_per_kwh")
    return constant("ewif-unknown-site")


def water_of_share(questions: float, water: float, per_questions: float) -> float:
    return questions * water / per_questions


def water_of_questions(questions: float, water_per_question: float) -> float:
    return questions * water_per_question


def water_of_energy(questions: float, energy_per_question: float, wue: float, pue: float, ewif: float) -> float:
    # The energy of a question is that of the servers.
    return questions * energy_per_question * (wue + pue * ewif)
