"""Numbers as people write them, in both languages."""

from __future__ import annotations

import math

import pytest

from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.numbers import find_numbers, find_words

WRITTEN = [
    ("30 000", "fr", 30_000),
    ("30\u202f000", "fr", 30_000),
    ("30.000", "fr", 30_000),
    ("30,000", "en", 30_000),
    ("1,2 million", "fr", 1.2e6),
    ("1.2M", "en", 1.2e6),
    ("12k", "en", 12e3),
    ("1e24", "en", 1e24),
    ("3,15×10²³", "fr", 3.15e23),
    ("3.15 x 10^23", "en", 3.15e23),
    ("10^24", "en", 1e24),
    ("15 000 milliards", "fr", 15e12),
    ("10 mille milliards", "fr", 10e12),
    ("1.5 billion", "en", 1.5e9),
    ("1,5 billion", "fr", 1.5e12),
    ("2 trillion", "en", 2e12),
    ("70B", "en", 70e9),
    ("1 234,5", "fr", 1234.5),
    ("2.400,50", "fr", 2400.5),
    ("2,400.50", "en", 2400.5),
    ("0,5", "fr", 0.5),
    ("-5", "en", -5),
]


@pytest.mark.parametrize(("text", "language", "value"), WRITTEN)
def test_a_number_in_digits_is_read(text: str, language: str, value: float) -> None:
    (found,) = find_numbers(fold(text), language)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("dix mille", "fr", 10_000),
        ("quatre-vingt-dix", "fr", 90),
        ("soixante-quinze", "fr", 75),
        ("deux cent mille", "fr", 200_000),
        ("trois cent cinquante", "fr", 350),
        ("un million", "fr", 1e6),
        ("un milliard", "fr", 1e9),
        ("twenty-five", "en", 25),
        ("two hundred and fifty", "en", 250),
        ("a hundred", "en", 100),
        ("one billion", "en", 1e9),
    ],
)
def test_a_number_in_words_is_read(text: str, language: str, value: float) -> None:
    (found,) = find_words(fold(text), language)
    assert found.value == value


def test_both_readings_of_an_ambiguous_number_are_kept() -> None:
    assert find_numbers("1,287", "en")[0].readings == (1287.0, 1.287)
    assert find_numbers("1,287", "fr")[0].readings == (1.287, 1287.0)


def test_a_number_past_all_floats_is_infinite_and_no_error() -> None:
    assert math.isinf(find_numbers("1e400", "en")[0].value)
    assert math.isinf(find_numbers("9" * 400, "en")[0].value)


def test_a_word_that_only_looks_like_a_number_is_none() -> None:
    assert find_words(fold("une question, un modèle, a GPU"), "fr") == []
