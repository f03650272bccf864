"""Questions whose words say little of our subject: computed, quoted or refused by what they mean."""

from __future__ import annotations

import pytest

from aitoll.agent.ask import answer
from aitoll.agent.conversations import InMemory


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("Our cluster pulls a steady 320 kW at the meter, overhead included. Energy over one week, in kWh?", 53_760, "kWh"),
        ("Our server room pulls 90 kW. Energy over ten days, in kWh?", 21_600, "kWh"),
        ("Diviser par 4 une facture de calcul de 22 M$, cela laisse combien à payer ?", 5.5e6, "USD"),
        ("Notre entraînement est chiffré à 60 millions de dollars. Avec 30 % de calcul en moins, on arrive à combien ?", 42e6, "USD"),
        ("Un LLM dense de 3 milliards de paramètres lit 500 milliards de tokens : combien de FLOP à l'entraînement ?", 9e21, "FLOP"),
        ("4 000 questions à GPT-3, 50 cl d'eau toutes les 25 questions : quel volume d'eau ?", 80, "L"),
    ],
)
def test_what_is_stated_is_computed(question: str, value: float, unit: str) -> None:
    found = answer(question, InMemory())
    assert found.status == "answered", found.text
    assert found.figures[0].value == pytest.approx(value, rel=1e-6)
    assert found.figures[0].unit == unit


@pytest.mark.parametrize(
    "question", ["My fridge draws 150 W. What is the energy over one week?", "A steel mill draws 40 MW. Energy over a month?"]
)
def test_what_is_stated_of_something_else_is_not(question: str) -> None:
    assert answer(question, InMemory()).status == "out_of_scope"


def test_a_number_that_a_passage_holds_asks_for_what_it_says() -> None:
    asked = "The 4 to 6.5 billion cubic metres of water for AI in 2027: evaporated for good, or merely withdrawn?"
    found = answer(asked, InMemory())
    assert found.status == "answered"
    assert "withdrawn" in found.text
    assert answer("And 12 litres of water?", InMemory()).status == "clarify"
