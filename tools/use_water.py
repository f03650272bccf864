"""Water of using a model, per question and for many."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Estimate, Input, Value, estimate
from aitoll.tools.facts import constant, fact, known, row
from aitoll.tools.inputs import name, number
from aitoll.tools.use_energy import DEFAULT_SYSTEM, Use, count, counts_tokens, per_question


class UseWater(Use):
    """How much water do so many questions take, on site and, where it is published, at the power plants?"""

    water_l: float | None = number("L", "A volume that covers a number of questions, such as half a litre", gt=0, le=1e12)
    per_questions: float | None = number("1", "How many questions that volume covers", gt=0, le=1e12)
    per_tokens: float | None = number("token", "How many tokens that volume covers", gt=0, le=1e15)
    water_per_question: float | None = number("L", "Water of one question", gt=0, le=1e6)
    place: str | None = name("grids", "Country, state or cloud region of the grid", "fra", "us-ca")
    wue: float | None = number("L/kWh", "Water used on site per kWh of IT energy", ge=0, le=50)
    ewif: float | None = number("L/kWh", "Water consumed at the power plants per kWh delivered", ge=0, le=50)


def use_water(asked: UseWater) -> list[Estimate]:
    if asked.has("per_tokens"):
        asked.need("water_l")
        return [
            estimate(water_of_token, name="water_per_token", unit="L/token", water=asked.given("water_l"), tokens=asked.given("per_tokens"))
        ]
    if asked.has("water_l") or asked.has("per_questions"):
        asked.need("water_l", "per_questions")
        water, covered = asked.given("water_l"), asked.given("per_questions")
        return [estimate(water_of_share, name="use_water", unit="L", questions=count(asked), water=water, per_questions=covered)]
    each = _per_question(asked)
    if each:
        return [estimate(water_of_questions, name="use_water", unit="L", questions=count(asked), water_per_question=each)]
    return [_from_energy(asked)]


def _per_question(asked: UseWater) -> Value | None:
    """Water as it was given or published; nothing where the site or the electricity is the user's own."""
    if asked.has("water_per_question"):
        return asked.given("water_per_question")
    own = any(asked.has(field) for field in ("place", "pue", "wue", "ewif", "energy_per_question", "seconds", "server_kw"))
    system = asked.system or DEFAULT_SYSTEM
    if own or counts_tokens(asked) or not known("inference", system, "water_l"):
        return None
    return fact("inference", system, "water_l")


def _from_energy(asked: UseWater) -> Estimate:
    measured = counts_tokens(asked) or asked.has("seconds") or asked.has("server_kw") or asked.has("energy_per_question")
    if not measured and not known("inference", asked.system or DEFAULT_SYSTEM, "energy_kwh"):
        raise MissingInput(calculator="use_water", needs=["energy_per_question"])
    parts: dict[str, Input] = {
        "questions": count(asked),
        "energy_per_question": per_question(asked),
        "wue": asked.or_constant("wue", "wue-unknown-site"),
        "pue": _overhead(asked),
        "ewif": _off_site(asked),
    }
    return estimate(water_at_meter if _at_meter(asked) else water_of_energy, parts, name="use_water", unit="L")


def _at_meter(asked: UseWater) -> bool:
    """Whether the energy of a question has the site's overhead in it already."""
    if asked.has("energy_per_question"):
        return False
    if asked.has("seconds") or counts_tokens(asked):
        return True
    return any(word in row("inference", asked.system or DEFAULT_SYSTEM)["boundary"] for word in ("PUE", "facility", "cooling"))


def _overhead(asked: UseWater) -> Value:
    """The one that is in the energy; else a hyperscaler's."""
    if asked.has("pue"):
        return asked.given("pue")
    if asked.has("seconds") or counts_tokens(asked):
        return constant("pue-ai-inference")
    own = _at_meter(asked) and known("inference", asked.system or DEFAULT_SYSTEM, "pue")
    return fact("inference", asked.system or DEFAULT_SYSTEM, "pue") if own else constant("pue-hyperscaler")


def _off_site(asked: UseWater) -> Value:
    if asked.has("ewif"):
        return asked.given("ewif")
    if asked.place and known("grids", asked.place, "ewif_l_per_kwh"):
        return fact("grids", asked.place, "ewif_l_per_kwh")
    return constant("ewif-unknown-site")


def water_of_token(water: float, tokens: float) -> float:
    return water / tokens


def water_of_share(questions: float, water: float, per_questions: float) -> float:
    return questions * water / per_questions


def water_of_questions(questions: float, water_per_question: float) -> float:
    return questions * water_per_question


def water_of_energy(questions: float, energy_per_question: float, wue: float, pue: float, ewif: float) -> float:
    # The energy of a question is that of the servers.
    return questions * energy_per_question * (wue + pue * ewif)


def water_at_meter(questions: float, energy_per_question: float, wue: float, pue: float, ewif: float) -> float:
    # The energy of a question has the site's overhead in it, and water on site goes with the servers alone.
    return questions * energy_per_question * (wue / pue + ewif)
