"""Electricity of using a model, from what was published per question, or from what the user knows."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, Value, estimate
from aitoll.tools.facts import fact
from aitoll.tools.inputs import Inputs, name, number

DEFAULT_SYSTEM = "gemini-comprehensive"


class Use(Inputs):
    """Questions put to a model."""

    system: str | None = name("inference", "A published measurement of use, with its boundary", "gemini-comprehensive", "openai-altman")
    questions: float | None = number("1", "How many questions; left out: one", gt=0, le=1e15)
    energy_per_question: float | None = number("kWh", "Electricity of one question", gt=0, le=1000)


class UseEnergy(Use):
    """How much electricity do so many questions take?"""


def use_energy(asked: UseEnergy) -> list[Estimate]:
    return [energy(asked)]


def energy(asked: Use) -> Estimate:
    each = asked.or_fact("energy_per_question", "inference", asked.system or DEFAULT_SYSTEM, "energy_kwh")
    return estimate(energy_of_questions, name="use_energy", unit="kWh", questions=count(asked), energy_per_question=each)


def count(asked: Use) -> Value:
    return asked.given("questions") if asked.has("questions") else Value(1.0, "1", "given", 1.0, 1.0, row="given/questions")


def energy_of_questions(questions: float, energy_per_question: float) -> float:
    return questions * energy_per_question


def published(system: str, column: str) -> Value:
    return fact("inference", system, column)
