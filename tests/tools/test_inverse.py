"""What a limit allows, comparisons that keep shared inputs shared, and sweeps over many values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitoll.tools.compare import compare, difference
from aitoll.tools.errors import InvalidInput
from aitoll.tools.inverse import inverse
from aitoll.tools.registry import calculate
from aitoll.tools.sweep import sweep

ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("training_cost", "gpus", {"hours": 720, "price": 2.5}),
    ("training_cost", "hours", {"gpus": 512, "gpu": "h100-sxm"}),
    ("training_cost", "tokens", {"params": 7e9, "gpu": "h100-sxm"}),
    ("training_cost", "params", {"tokens": 1e12, "gpu": "a100-80-sxm"}),
    ("training_cost", "mfu", {"flop": 1e24, "gpu": "h100-sxm"}),
    ("training_time", "gpus", {"flop": 1e24, "gpu": "h100-sxm"}),
    ("training_energy", "gpu_hours", {"gpu": "h100-sxm"}),
    ("training_carbon", "grid_g_per_kwh", {"gpus": 1000, "hours": 1000}),
    ("training_water", "wue", {"energy_kwh": 1e6, "place": "fra"}),
    ("use_energy", "output_tokens", {"energy_per_token": 1e-6}),
    ("use_water", "questions", {"system": "gemini-comprehensive"}),
    ("cluster_power", "gpus", {"gpu": "b200"}),
    ("cluster_budget", "gpus", {"gpu": "h100-sxm"}),
    ("amortised_cost", "gpu_hours", {"gpu": "h100-sxm"}),
    ("cost_growth", "years", {"cost": 4e7}),
    ("electricity_cost", "electricity_price", {"energy_kwh": 1e6}),
    ("api_cost", "output_tokens", {"api_model": "gpt-4o", "input_tokens": 1000}),
]


@pytest.mark.parametrize(("name", "wanted", "inputs"), ASKED, ids=lambda part: part if isinstance(part, str) else "")
def test_the_inverse_of_the_inverse_is_the_identity(name: str, wanted: str, inputs: dict[str, Any]) -> None:
    number = {"gpus": 700.0, "mfu": 0.4, "years": 3.0, "wue": 0.7, "grid_g_per_kwh": 80.0}.get(wanted, 4321.0)
    number = 0.21 if wanted == "electricity_price" else number
    limit = calculate(name, **inputs, **{wanted: number})[0].value
    found = inverse(name, wanted, limit, **inputs)
    assert found.value == pytest.approx(number, rel=1e-6)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high


@given(budget=st.floats(1e3, 1e9))
def test_twice_the_budget_buys_twice_the_tokens(budget: float) -> None:
    one, two = (inverse("training_cost", "tokens", factor * budget, params=7e9, gpu="h100-sxm").value for factor in (1, 2))
    assert two == pytest.approx(2 * one)


def test_the_range_of_what_a_budget_allows_is_that_of_the_cost_turned_round() -> None:
    cost = calculate("training_cost", params=7e9, tokens=1e12, gpu="h100-sxm")[0]
    allowed = inverse("training_cost", "tokens", cost.value, params=7e9, gpu="h100-sxm")
    assert cost.low is not None
    assert cost.high is not None
    assert (allowed.low, allowed.high) == pytest.approx((1e12 * cost.value / cost.high, 1e12 * cost.value / cost.low))


def test_a_deadline_asks_for_more_chips_the_shorter_it_is() -> None:
    week, month = (inverse("training_time", "gpus", hours, flop=1e24, gpu="h100-sxm").value for hours in (168, 720))
    assert week == pytest.approx(month * 720 / 168)


def test_a_range_of_the_limit_is_hard() -> None:
    found = inverse("training_cost", "gpu_hours", (1e6, 2e6), price=2)
    assert (found.low, found.value, found.high) == (0.5e6, 0.75e6, 1e6)


@pytest.mark.parametrize(
    ("name", "wanted", "limit", "inputs", "said"),
    [
        ("training_cost", "gpu", 1e6, {"gpu_hours": 10}, "use a number that training_cost takes"),
        ("training_cost", "hours", 1e6, {"gpu_hours": 10}, "leave out what settles"),
        ("training_cost", "gpu_hours", -1, {"price": 2}, "use a limit above 0"),
        ("training_cost", "mfu", 1, {"flop": 1e26, "gpu": "h100-sxm"}, "no such value meets this limit"),
        ("training_water", "pue", 1e6, {"energy_kwh": 1e6}, "at best"),
    ],
)
def test_what_no_input_can_reach_is_refused(name: str, wanted: str, limit: float, inputs: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        inverse(name, wanted, limit, **inputs)


def test_france_against_poland_is_sharper_than_two_ranges() -> None:
    found = compare("training_carbon", {"place": "fra"}, {"place": "pol"}, gpus=1000, hours=1000)
    assert found.ratio.value == pytest.approx(41.4 / 588.6)
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert {name for name, _ in found.ratio.drivers} == {"grid"}
    apart = (found.first.high or 0) / (found.second.low or 1) / ((found.first.low or 1) / (found.second.high or 1))
    assert found.ratio.high / found.ratio.low < apart / 2


def test_a_difference_is_sampled_and_may_be_negative() -> None:
    found = compare("training_carbon", {"place": "fra"}, {"place": "pol"}, energy_kwh=1e6).difference
    assert found.sampled
    assert found.value == pytest.approx(41.4 - 588.6)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high < 0


def test_the_same_twice_has_no_difference() -> None:
    found = compare("training_energy", {"gpu": "h100-sxm"}, {"gpu": "h100-sxm"}, gpu_hours=1000)
    assert (found.difference.low, found.difference.value, found.difference.high) == (0, 0, 0)
    assert (found.ratio.low, found.ratio.value, found.ratio.high) == pytest.approx((1, 1, 1))


def test_litres_are_not_compared_with_tonnes() -> None:
    water, carbon = calculate("training_water", energy_kwh=1)[0], calculate("training_carbon", energy_kwh=1)[0]
    with pytest.raises(InvalidInput, match="compare with something in L"):
        difference(water, carbon)


@pytest.mark.parametrize(
    ("name", "field", "column", "inputs"),
    [
        ("training_cost", "gpu_hours", [1e3, 1e5, 1e7], {"gpu": "h100-sxm"}),
        ("training_carbon", "tokens", [1e9, 1e12], {"params": 7e9}),
        ("training_water", "pue", [1.05, 1.2, 1.5], {"energy_kwh": 1e6}),
        ("cooling_savings", "energy_kwh", [1e3, 1e6], {}),
        ("cost_growth", "years", [0, 1, 2, 3], {"cost": 4e7}),
        ("gpu_budget", "budget", [1e6, 1e7], {"gpu": "h100-sxm"}),
    ],
)
def test_a_sweep_is_what_single_questions_give(name: str, field: str, column: list[float], inputs: dict[str, Any]) -> None:
    found = sweep(name, {field: column}, **inputs)
    single = [calculate(name, **inputs, **{field: value})[0] for value in column]
    assert found.unit == single[0].unit
    assert found.value == pytest.approx([each.value for each in single])
    assert found.low is not None
    assert found.high is not None
    assert found.low == pytest.approx([each.low for each in single], rel=0.01)
    assert found.high == pytest.approx([each.high for each in single], rel=0.01)


def test_several_inputs_can_vary_together() -> None:
    found = sweep("training_cost", {"gpus": np.array([10, 20]), "hours": np.array([1, 2])}, price=3)
    assert list(found.value) == [30, 120]


def test_a_value_outside_its_bounds_stops_the_sweep() -> None:
    with pytest.raises(InvalidInput, match="from 1 to 5"):
        sweep("training_energy", {"pue": [0.5, 1.2]}, gpus=1, hours=1)
