"""The law of numbers: what it lets through and, above all, what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from aitoll.agent.answer import Citation, Driver, Figure, FigureInput
from aitoll.agent.check import check, enforce

COST = Figure(
    name="training_cost",
    label="cost of the compute",
    role="answer",
    value=921_600,
    low=800_000,
    high=1_100_000,
    unit="USD",
    formula="training_cost = gpu_hours * price = 368640 * 2.5",
    inputs=[
        FigureInput(name="gpu_hours", value=368_640, low=368_640, high=368_640, unit="GPU-hour", status="computed"),
        FigureInput(name="price", value=2.5, low=2, high=3, unit="USD/GPU-hour", status="assumed", citation=1),
    ],
    drivers=[Driver(name="price", share=0.62)],
    citations=[1],
)
CO2 = COST.model_copy(
    update={
        "name": "training_carbon",
        "label": "CO2 of the run",
        "value": 552.1,
        "low": 500,
        "high": 600,
        "unit": "tCO2e",
        "inputs": [],
        "formula": "",
        "drivers": [],
    }
)
FRENCH = COST.model_copy(update={"label": "coût du calcul"})
PAPER = Citation(
    number=1, id="b34", kind="article", title="A study of 2021", passage="GPT-3 took 1,287 MWh and emitted 502 tonnes.", place="Table 4"
)


def breaches(
    text: str, *figures: Figure, citations: tuple[Citation, ...] = (PAPER,), questions: tuple[str, ...] = (), language: Any = "en"
) -> list[str]:
    return [breach.text for breach in check(text, figures or (COST, CO2), citations, questions, language)]


@pytest.mark.parametrize(
    "text",
    [
        "Cost of the compute: $921,600 — 90% interval: $800,000 to $1.1 million",
        "Cost of the compute: about $920,000",
        "Cost of the compute: $0.92 million",
        "cost of the compute = 368,640 GPU-hours × $2.50/GPU-hour",
        "What moves the result most: rental price (62%).",
        "CO2 of the run: 552 t CO2e",
        "CO2 of the run: 552,100 kg CO2e",
        "GPT-3 took 1,287 MWh and emitted 502 tonnes.[1]",
        "In 2021 a study was made.[1]",
        "Llama 3.1 405B and an H100 are names; so is GPT-4.",
        "1. First of all, nothing.",
    ],
)
def test_a_grounded_text_passes(text: str) -> None:
    assert breaches(text) == []


@pytest.mark.parametrize(
    ("kind", "text", "lie"),
    [
        ("changed digit", "Cost of the compute: $931,600", "$931,600"),
        ("changed magnitude", "Cost of the compute: $921.6 million", "$921.6 million"),
        ("changed unit", "CO2 of the run: 552 kg CO2e", "552 kg CO2e"),
        ("changed dimension", "CO2 of the run: 552 kWh", "552 kWh"),
        ("right number at the wrong thing", "CO2 of the run: $921,600", "$921,600"),
        ("right number without its subject", "It is $921,600", "$921,600"),
        ("number in words", "Cost of the compute: two million dollars", "two million dollars"),
        ("another language's format", "Cost of the compute: 921.600 dollars", "921.600 dollars"),
        ("passage number without its mark", "GPT-3 emitted 502 tonnes.", "502 tonnes"),
        ("invented share", "What moves the result most: rental price (26%).", "26%"),
        ("invented number", "There are 42 reasons.", "42"),
        ("a number that is also a name", "Cost of the compute: 910B dollars", "910B dollars"),
        ("too precise", "Cost of the compute: $921,612", "$921,612"),
    ],
)
def test_a_lie_is_a_breach(kind: str, text: str, lie: str) -> None:
    assert breaches(text) == [lie], kind


def test_a_mark_that_points_nowhere_is_a_breach() -> None:
    assert breaches("A claim.[7]") == ["[7]"]


def test_a_number_of_the_question_is_allowed() -> None:
    assert breaches("You asked about 512 H100s.", questions=("What do 512 H100s cost?",)) == []


def test_french_numbers_are_read_in_french() -> None:
    assert breaches("Coût du calcul : 921 600 $", FRENCH, language="fr") == []
    assert breaches("Coût du calcul : 0,92 million de dollars", FRENCH, language="fr") == []
    assert breaches("Coût du calcul : deux millions de dollars", FRENCH, language="fr") == ["deux millions de dollars"]


def test_an_ungrounded_line_never_reaches_the_reader() -> None:
    text = "Cost of the compute: $921,600\nand it will be $5 billion tomorrow"
    assert enforce(text, [COST], [PAPER], [], "en") == "Cost of the compute: $921,600"


def test_a_number_beyond_all_bounds_is_a_breach() -> None:
    endless = "9" * 400
    assert breaches(f"Cost of the compute: ${endless}") == [f"${endless}"]
