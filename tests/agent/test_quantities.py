"""Quantities with units, as they stand in questions."""

from __future__ import annotations

import pytest

from aitoll.agent.rules.reading import read

QUANTITIES = [
    ("rent them at $2.50 per GPU hour", (2.5, 2.5, "USD", "GPU-hour")),
    ("à 2 dollars de l'heure", (2, 2, "USD", "hour")),
    ("@ 2$/h", (2, 2, "USD", "hour")),
    ("2 $ par heure et par GPU", (2, 2, "USD", "GPU-hour")),
    ("entre 30 et 40 k$ pièce", (30e3, 40e3, "USD", "GPU")),
    ("at $35,000 each", (35e3, 35e3, "USD", "GPU")),
    ("between $0.9 and $1.2 billion", (0.9e9, 1.2e9, "USD", "")),
    ("€2.5M", (2.5e6, 2.5e6, "EUR", "")),
    ("429 gCO2 per kWh", (429, 429, "gCO2e", "kWh")),
    ("57 g/kWh", (57, 57, "gCO2e", "kWh")),
    ("433 MWh", (433, 433, "MWh", "")),
    ("1.5 L/kWh", (1.5, 1.5, "L", "kWh")),
    ("50 cl", (50, 50, "cL", "")),
    ("3 m3", (3, 3, "m3", "")),
    ("700 W each", (700, 700, "W", "GPU")),
    ("0.34 Wh per query", (0.34, 0.34, "Wh", "question")),
    ("trois semaines", (3, 3, "week", "")),
    ("pendant un mois", (1, 1, "month", "")),
    ("54 j", (54, 54, "day", "")),
    ("15T tokens", (15e12, 15e12, "token", "")),
    ("15 T tokens", (15e12, 15e12, "token", "")),
    ("10 t de CO2", (10, 10, "tCO2e", "")),
    ("de 20 à 50 questions", (20, 50, "question", "")),
    ("2 millions d'heures de H800", (2e6, 2e6, "GPU-hour", "")),
    ("512 H100s", (512, 512, "GPU", "")),
    ("30 000 GPU B200", (30e3, 30e3, "GPU", "")),
    ("2,50 $/h ±10 %", (2.25, 2.75, "USD", "hour")),
    ("2.4x per year", (2.4, 2.4, "times", "year")),
]


@pytest.mark.parametrize(("text", "expected"), QUANTITIES, ids=[text for text, _ in QUANTITIES])
def test_a_quantity_is_read_with_its_unit(text: str, expected: tuple[float, float, str, str]) -> None:
    (found,) = read(text).quantities
    assert (found.low, found.high) == pytest.approx(expected[:2])
    assert (found.unit, found.per) == expected[2:]


def test_numbers_of_names_are_no_quantities() -> None:
    assert read("How much CO2 did training Llama 3.1 405B on H100 emit compared with GPT-3?").quantities == ()


def test_years_are_no_quantities() -> None:
    found = read("from $100 million in 2023 to 2026")
    assert [year.value for year in found.years] == [2023, 2026]
    assert [quantity.low for quantity in found.quantities] == [1e8]


@pytest.mark.parametrize(
    ("text", "table", "id"),
    [
        ("Llama-3.1-405B", "models", "llama-3-1-405b"),
        ("llama 3.1 405b", "models", "llama-3-1-405b"),
        ("des H100", "accelerators", "h100-sxm"),
        ("en Pologne", "grids", "pol"),
        ("in Poland", "grids", "pol"),
        ("aux États-Unis", "grids", "usa"),
        ("GPT-3", "models", "gpt-3-175b"),
    ],
)
def test_a_name_is_found_as_people_write_it(text: str, table: str, id: str) -> None:
    assert [(mention.table, mention.id) for mention in read(text).names] == [(table, id)]


def test_a_hundred_million_is_no_a100() -> None:
    assert read("a 100 million dollar run").names == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Combien coûte un GPU ?", "fr"),
        ("How much is a GPU?", "en"),
        ("co2 entrainement llama 3.1 405b svp", "fr"),
        ("hw much to rent 100 h100", "en"),
    ],
)
def test_the_language_is_that_of_the_question(text: str, language: str) -> None:
    assert read(text).language == language


@pytest.mark.parametrize(
    "question", ["CO2 of 4090 GWh in France?", "What do 3090 hours of an H100 cost?", "CO2 of 5090 H100s for 3 days in France?"]
)
def test_a_number_of_units_is_no_card_of_that_number(question: str) -> None:
    assert not [mention for mention in read(question).names if mention.text.isdigit()]
    assert [mention.id for mention in read("How much power does a 4090 draw?").names] == ["rtx-4090"]
