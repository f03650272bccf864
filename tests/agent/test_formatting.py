"""Sums and counts are written as one reads them: no false digit of billions, no decimal of millions, no lost cent."""

from __future__ import annotations

import pytest

from aitoll.agent.formatting import digits_deserved, quantity


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        (1_783_296, "USD", "$1,783,296", "1\u202f783\u202f296\u202f$"),
        (5_576_000, "USD", "$5.576 million", "5,576 millions de dollars"),
        (2_587_852_800, "USD", "$2.588 billion", "2,588 milliards de dollars"),
        (4_300.8, "USD", "$4,300.80", "4\u202f300,80\u202f$"),
        (1_105_920, "GPU-hour", "1,105,920 GPU-hours", "1\u202f105\u202f920 heures GPU"),
        (2.624, "USD/GPU-hour", "$2.624/GPU-hour", "2,624\u202f$/heure GPU"),
        (2.5, "USD/GPU-hour", "$2.50/GPU-hour", "2,50\u202f$/heure GPU"),
        (75, "EUR/tCO2e", "€75/t CO2e", "75\u202f€/t CO2e"),
    ],
)
def test_an_exact_number_is_written_as_one_reads_it(value: float, unit: str, english: str, french: str) -> None:
    digits = digits_deserved(value, value, value, unit)
    assert (quantity(value, unit, "en", digits), quantity(value, unit, "fr", digits)) == (english, french)
