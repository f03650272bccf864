"""The Python door: typed, cheap, and wrong arguments are errors that name field and remedy."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import aitoll
from aitoll import Answer, Figure, aask, ask, calculate, stream
from aitoll.agent.ask import TextPart
from aitoll.tools.errors import AitollError
from aitoll.tools.registry import CALCULATORS
from tests.interfaces.samples import WRONG, asked, expected

QUESTION = "CO2 of 10 GWh in France?"
TAKEN = (True, {"low": 9, "high": 3})  # bounds in either order, and true for one
CASES = [(name, said, field) for name, said, field, _ in WRONG if name in CALCULATORS and not any(one in TAKEN for one in said.values())]


def test_eight_names_stand_at_the_door() -> None:
    assert len([name for name in aitoll.__all__ if not name.startswith("_")]) <= 8


@pytest.mark.parametrize("name", CALCULATORS)
def test_calculate_gives_figures(name: str) -> None:
    made = calculate(name, **asked(name))
    assert (tuple(one.model_dump(mode="json") for one in made), all(isinstance(one, Figure) for one in made)) == (expected(name), True)


@pytest.mark.parametrize(("name", "said", "field"), CASES)
def test_a_wrong_argument_is_an_error_that_names_it(name: str, said: dict[str, Any], field: str) -> None:
    with pytest.raises(AitollError) as told:
        calculate(name, **said)
    table = getattr(told.value, "table", "")
    assert field in str(told.value) or table, "the field, or the table whose row it names"


@pytest.mark.parametrize("gpus", [(1, 2, 3), [], object(), float("nan"), float("inf"), ("a", "b"), {1: 2}])
def test_what_is_no_number_is_told(gpus: Any) -> None:
    with pytest.raises(AitollError, match=r"gpus: .* cannot be; use a number from 1"):
        calculate("gpu_budget", gpus=gpus)


def test_aask_and_stream_give_the_same_answer() -> None:
    async def both() -> tuple[Answer, list[Any]]:
        return await aask(QUESTION), [event async for event in stream(QUESTION)]

    answer, events = asyncio.run(both())
    wanted = ask(QUESTION)
    assert (answer.text, events[-1].text) == (wanted.text, wanted.text)
    assert "".join(event.text for event in events if isinstance(event, TextPart)) == wanted.text


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"question": 5}, "question"),
        ({"question": None}, "question"),
        ({"question": [QUESTION]}, "question"),
        ({"question": QUESTION, "language": "de"}, "language"),
        ({"question": QUESTION, "conversation": 5}, "conversation"),
    ],
)
def test_a_question_of_the_wrong_type_names_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(AitollError, match=f"^{field}: "):
        ask(**said)
    with pytest.raises(AitollError, match=f"^{field}: "):
        asyncio.run(aask(**said))
