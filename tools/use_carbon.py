"""CO2 of using a model."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.facts import constant, fact, known
from aitoll.tools.inputs import name, number
from aitoll.tools.use_energy import DEFAULT_SYSTEM, Use, count, counts_tokens, energy


class UseCarbon(Use):
    """How much CO2 do so many questions emit?"""

    carbon_per_question: float | None = number("gCO2e", "CO2 of one question", gt=0, le=1e9)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")
    grid_g_per_kwh: float | None = number("gCO2e/kWh", "Carbon intensity of the electricity", ge=0, le=3000)


def use_carbon(asked: UseCarbon) -> list[Estimate]:
    if asked.has("carbon_per_question"):
        return [_of_questions(asked, asked.given("carbon_per_question"))]
    system = asked.system or DEFAULT_SYSTEM
    own = any(asked.has(field) for field in ("place", "grid_g_per_kwh", "energy_per_question", "seconds", "server_kw", "pue"))
    if not own and not counts_tokens(asked) and known("inference", system, "co2_g"):
        return [_of_questions(asked, fact("inference", system, "co2_g"))]
    return [estimate(carbon_of_energy, name="use_carbon", unit="gCO2e", energy=energy(asked), grid=_grid(asked))]


def _of_questions(asked: UseCarbon, each: Value) -> Estimate:
    return estimate(carbon_of_questions, name="use_carbon", unit="gCO2e", questions=count(asked), carbon_per_question=each)


def _grid(asked: UseCarbon) -> Value:
    if asked.has("grid_g_per_kwh"):
        return asked.given("grid_g_per_kwh")
    return fact("grids", asked.place, "g_per_kwh") if asked.place else constant("grid-unknown-site")


def carbon_of_questions(questions: float, carbon_per_question: float) -> float:
    return questions * carbon_per_question


def carbon_of_energy(energy: float, grid: float) -> float:
    return energy * grid
