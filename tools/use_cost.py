"""What using a model costs at a price of each question."""

from __future__ import annotations

from aitoll.tools.estimate import Estimate, estimate
from aitoll.tools.inputs import Inputs, number


class UseCost(Inputs):
    """What do so many questions, answers or calls cost at this price of each?"""

    questions: float | None = number("1", "How many questions", gt=0, le=1e15)
    cost_per_question: float | None = number("USD", "Price of one question", gt=0, le=1e6)


def use_cost(asked: UseCost) -> list[Estimate]:
    asked.need("questions", "cost_per_question")
    each = asked.given("cost_per_question")
    return [estimate(cost_of_questions, name="use_cost", unit="USD", questions=asked.given("questions"), cost_per_question=each)]


def cost_of_questions(questions: float, cost_per_question: float) -> float:
    return questions * cost_per_question
