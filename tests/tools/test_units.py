"""The table of units against pint, and what cannot be converted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitoll.tools.errors import InvalidInput
from aitoll.tools.units import CONTRACT, UNITS, convert, measure
from tests.tools.asking import quantity

BY_DIMENSION = [(unit, other) for unit, (dimension, _) in UNITS.items() for other, (same, _) in UNITS.items() if dimension == same]


@pytest.mark.parametrize(("unit", "to"), BY_DIMENSION)
def test_a_conversion_is_pints(unit: str, to: str) -> None:
    assert convert(7.0, unit, to) == pytest.approx(quantity(7.0, unit).to(quantity(1, to).units).magnitude, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        (0.954, "lbCO2e/kWh", "gCO2e/kWh", 432.7271),
        (310, "W/GPU", "kW/GPU", 0.31),
        (2.5, "USD/Mtoken", "USD/token", 2.5e-6),
        (0.000085, "gal", "mL", 0.321760),
        (194.95, "USD/kW/month", "USD/kW/year", 2339.4),
        (6706, "J", "Wh", 1.862778),
        (2.0, "kWh/hour", "kW", 2.0),
        (3.0, "GPU*hour", "GPU-hour", 3.0),
        (1.0, "FLOP*hour/s", "FLOP", 3600.0),
        (8766.0, "USD*hour/year", "USD", 1.0),
        (989.4, "TFLOP/s/GPU", "FLOP/s/GPU", 9.894e14),
    ],
)
def test_a_quotient_is_converted_above_and_below(value: float, unit: str, to: str, expected: float) -> None:
    assert convert(value, unit, to) == pytest.approx(expected, rel=1e-6)


@given(st.floats(1e-9, 1e9), st.sampled_from(BY_DIMENSION))
def test_there_and_back_is_the_same(value: float, pair: tuple[str, str]) -> None:
    assert convert(convert(value, *pair), *reversed(pair)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(("unit", "to"), [("kWh", "kW"), ("L", "kWh"), ("USD", "EUR"), ("GPU", "hour")])
def test_another_dimension_is_refused_with_one_that_would_do(unit: str, to: str) -> None:
    with pytest.raises(InvalidInput, match=to):
        convert(1.0, unit, to)


def test_an_unknown_unit_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidInput, match="kWh, MWh, GWh"):
        measure("furlong")


def test_the_units_of_the_contract_are_known_and_unscaled() -> None:
    assert all(measure(unit) for unit in CONTRACT)
    assert not {"MWh", "%", "MW", "mL", "ktCO2e"} & set(CONTRACT)
