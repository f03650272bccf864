"""Ranges at the leaves: quadrature, hard bounds, open ends, shared leaves, samples, drivers, and the formula as it is written."""

from __future__ import annotations

import math

import pytest

from aitoll.tools.estimate import Estimate, Value, estimate, expression, given, in_currency, looked_up
from aitoll.tools.registry import calculate


def leaf(value: float, low: float | None, high: float | None, row: str, unit: str = "1") -> Value:
    return Value(value, unit, "assumed", low, high, note="made up", row=row)


def product(a: float, b: float) -> float:
    return a * b


def difference(a: float, b: float) -> float:
    return a - b


def quotient(a: float, b: float) -> float:
    return a / b


def test_two_ranges_combine_in_quadrature_in_logs() -> None:
    found = estimate(product, unit="1", a=leaf(10, 5, 20, "t/a/x"), b=leaf(3, 1.5, 6, "t/b/x"))
    reach = math.sqrt(2) * math.log(2)
    assert found.value == 30
    assert found.low == pytest.approx(30 * math.exp(-reach))
    assert found.high == pytest.approx(30 * math.exp(reach))
    assert found.drivers == (("a", 0.5), ("b", 0.5))


def test_each_side_takes_its_own_effects() -> None:
    found = estimate(quotient, unit="1", a=leaf(10, 10, 20, "t/a/x"), b=leaf(1, 1, 2, "t/b/x"))
    assert (found.low, found.value, found.high) == pytest.approx((5, 10, 20))


def test_what_the_user_bounded_is_hard() -> None:
    found = calculate("gpu_budget", gpus=30_000, unit_price=(30_000, 40_000))[0]
    assert (found.low, found.value, found.high) == (0.9e9, 1.05e9, 1.2e9)


def test_two_ranges_of_the_user_meet_at_their_corners() -> None:
    found = calculate("gpu_budget", gpus=(10_000, 30_000), unit_price=(30_000, 40_000))[0]
    assert (found.low, found.value, found.high) == (0.3e9, 0.7e9, 1.2e9)


def test_a_range_of_the_user_holds_the_softer_ones_at_each_corner() -> None:
    alone = [estimate(product, unit="1", a=given(end, "1", name="a"), b=leaf(1, 0.5, 2, "t/b/x")) for end in (10, 20)]
    both = estimate(product, unit="1", a=given(15, "1", low=10, high=20, name="a"), b=leaf(1, 0.5, 2, "t/b/x"))
    assert (both.low, both.value, both.high) == (alone[0].low, 15, alone[1].high)


def test_an_open_bound_stays_open() -> None:
    found = estimate(product, unit="1", a=leaf(1e8, 1e8, None, "t/a/x"), b=leaf(2, 1, 4, "t/b/x"))
    assert found.low == pytest.approx(1e8)
    assert (found.value, found.high) == (2e8, None)


def test_an_open_bound_opens_the_other_end_of_a_quotient() -> None:
    found = estimate(quotient, unit="1", a=leaf(2, 1, 4, "t/a/x"), b=leaf(1e8, 1e8, None, "t/b/x"))
    assert found.low is None
    assert found.high == pytest.approx(4e-8)


def test_at_most_leaves_the_low_end_open() -> None:
    up = estimate(product, unit="1", a=leaf(1e6, None, 1e6, "t/a/x"), b=leaf(2, 1, 4, "t/b/x"))
    down = estimate(quotient, unit="1", a=leaf(2, 1, 4, "t/a/x"), b=leaf(1e6, None, 1e6, "t/b/x"))
    assert up.low is None
    assert up.high == pytest.approx(4e6)
    assert down.low == pytest.approx(1e-6)
    assert down.high is None


def test_a_published_figure_without_an_upper_bound_has_none() -> None:
    found = calculate("training_cost", model="gpt-4")[0]
    assert (found.published, found.value, found.low, found.high) == (True, 1e8, 1e8, None)


def test_a_shared_leaf_moves_both_branches() -> None:
    shared = leaf(10, 5, 20, "t/a/x")
    whole = estimate(product, unit="1", name="whole", a=shared, b=leaf(7, 7, 7, "t/c/x"))
    part = estimate(product, unit="1", name="part", a=shared, b=leaf(3, 3, 3, "t/d/x"))
    found = estimate(quotient, unit="1", a=whole, b=part)
    assert found.low == pytest.approx(found.value)
    assert found.high == pytest.approx(found.value)


def test_the_site_overhead_of_water_moves_both_of_its_branches() -> None:
    """Water from the meter: the machines' share falls with PUE while the power plants' water does not, so PUE cancels there."""
    found = calculate("training_water", energy_kwh=1000, pue=(1.1, 1.5), wue=0, ewif=2)[0]
    assert (found.low, found.value, found.high) == pytest.approx((2000, 2000, 2000))


def test_a_result_that_can_fall_below_zero_is_sampled() -> None:
    found = estimate(difference, unit="1", a=leaf(10, 5, 15, "t/a/x"), b=leaf(8, 4, 16, "t/b/x"))
    assert found.sampled
    assert found.low is not None
    assert found.low < 0 < found.value


def test_a_sample_is_the_same_each_time() -> None:
    first, again = (calculate("cooling_savings")[0] for _ in range(2))
    assert first.sampled
    assert (first.low, first.high) == (again.low, again.high)


def test_one_uncertain_leaf_needs_no_sample() -> None:
    found = calculate("savings", cost=100)[1]
    assert not found.sampled
    assert (found.low, found.value, found.high) == (0, 90, 90)


def test_the_drivers_say_what_widens_the_range_most() -> None:
    found = calculate("training_carbon", params=7e10, tokens=1.5e13)[0]
    assert found.drivers[0][0] == "grid"
    assert [share for _, share in found.drivers] == sorted((share for _, share in found.drivers), reverse=True)
    assert sum(share for _, share in found.drivers) == pytest.approx(1)


def test_the_text_of_a_formula_is_the_line_that_runs() -> None:
    assert expression(product) == "a * b"
    assert calculate("training_water", energy_kwh=1)[0].formula == "training_water = it_energy * (wue + pue * ewif)"


def test_a_looked_up_value_has_no_formula_and_one_input() -> None:
    found = looked_up("price", leaf(3, 2, 4, "t/p/x", "USD"))
    assert (found.formula, found.low, found.value, found.high, list(found.inputs)) == ("", 2, 3, 4, ["price"])


def test_a_whole_number_is_rounded_down_at_every_end() -> None:
    found = calculate("gpu_budget", budget=1_000_000, unit_price=(30_000, 40_000))[0]
    assert (found.low, found.value, found.high) == (25, 28, 33)


def test_the_unit_shown_can_be_another_than_the_formula_gives() -> None:
    found = estimate(product, unit="tCO2e", gives="gCO2e", a=given(1e6, "kWh", name="a"), b=given(40, "gCO2e/kWh", name="b"))
    assert (found.value, found.unit) == (40, "tCO2e")


def test_the_users_own_currency_renames_the_whole_tree() -> None:
    found = in_currency(calculate("gpu_budget", gpus=10, unit_price=100)[0], "EUR")
    assert (found.unit, found.inputs["unit_price"].unit, found.value) == ("EUR", "EUR/GPU", 1000)


def test_leaves_and_parts_are_those_of_the_whole_tree() -> None:
    found = calculate("training_carbon", gpus=8, hours=10, place="fra")[0]
    assert {part.name for part in found.parts()} == {"training_energy", "it_energy", "gpu_hours", "power_per_gpu"}
    assert {each.name for each in found.leaves()} == {"gpus", "hours", "tdp", "server_ratio", "average_to_peak", "pue", "grid"}
    assert isinstance(found, Estimate)
