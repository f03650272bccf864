"""What holds for every calculator: units and formula, order and range, bounds, errors, agreement with a Monte Carlo."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitoll.tools.errors import InvalidInput, UnknownName
from aitoll.tools.estimate import Estimate, Value, flat
from aitoll.tools.registry import CALCULATORS, bounds, calculate, calculator, limits
from aitoll.tools.said import Range
from aitoll.tools.units import CONTRACT, parts
from tests.tools.asking import answers, error, inputs_of, kind, quantity, tree, with_ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aitoll.tools.inputs import Inputs

EVERY = pytest.mark.parametrize("name", list(CALCULATORS))
NUMBERS = [
    (name, field) for name, found in CALCULATORS.items() for field in found.inputs.model_fields if kind(found.inputs, field) == "number"
]
broad = settings(max_examples=30, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
DRAWS = 20_000
WITHIN = 0.1  # of the width in logs


@EVERY
@broad
@given(data=st.data())
def test_the_shown_formula_gives_the_shown_number_and_unit(name: str, data: st.DataObject) -> None:
    made = data.draw(inputs_of(name))
    figures = [found for answer in answers(name, made) for found in tree(answer) if found.expression]
    for found in figures:
        named = {key: quantity(part.value, part.unit) for key, part in found.inputs.items()}
        shown = quantity(1, found.unit)
        recomputed = (eval(found.expression, {"log2": np.log2}, named) / shown).to("dimensionless").magnitude
        rounded = math.floor(recomputed + 1e-6) if found.whole else recomputed
        assert found.value == pytest.approx(rounded, rel=1e-9), found.formula


@EVERY
@broad
@given(data=st.data())
def test_low_value_and_high_are_finite_and_in_order(name: str, data: st.DataObject) -> None:
    made = data.draw(inputs_of(name))
    ranged = with_ranges(name, made, data.draw(st.lists(st.sampled_from(sorted(made)), max_size=2)) if made else [])
    for found in [part for answer in answers(name, ranged) for part in tree(answer)]:
        assert all(end is None or math.isfinite(end) for end in (found.low, found.value, found.high)), found
        assert found.low is None or found.low <= found.value
        assert found.high is None or found.value <= found.high
        assert sum(share for _, share in found.drivers) == pytest.approx(1 if found.drivers else 0)


@EVERY
@broad
@given(data=st.data())
def test_every_figure_has_a_unit_of_the_contract(name: str, data: st.DataObject) -> None:
    for found in answers(name, data.draw(inputs_of(name))):
        assert set(parts(found.unit)) <= {*CONTRACT, "1"} or found.unit in CONTRACT, found.unit


@EVERY
@broad
@given(data=st.data())
def test_what_is_not_the_users_says_where_it_comes_from(name: str, data: st.DataObject) -> None:
    for leaf in [leaf for answer in answers(name, data.draw(inputs_of(name))) for leaf in answer.leaves()]:
        assert leaf.row, leaf
        assert leaf.status == "given" or (leaf.source and leaf.where) or leaf.note, leaf


def monte_carlo(found: Estimate, seed: int = 7) -> NDArray[Any]:
    """The same leaves, each as two half normals, drawn at random."""
    run, leaves = flat(found)
    random = np.random.default_rng(seed)
    return np.asarray(run([drawn(leaf, random.standard_normal(DRAWS) / 1.6448536269514722) for leaf in leaves]))


def drawn(leaf: Value, reach: NDArray[Any]) -> Any:
    low, high = leaf.low, leaf.high
    if leaf.certain or low is None or high is None:
        return leaf.value
    if leaf.value > 0 and low > 0:
        return leaf.value * np.exp(np.where(reach > 0, reach * math.log(high / leaf.value), -reach * math.log(low / leaf.value)))
    above = leaf.value * (high / leaf.value) ** np.abs(reach) if leaf.value > 0 else leaf.value + reach * (high - leaf.value)
    return np.where(reach > 0, above, leaf.value + np.abs(reach) * (low - leaf.value))


@EVERY
@broad
@given(data=st.data())
def test_the_interval_agrees_with_a_monte_carlo_of_the_same_leaves(name: str, data: st.DataObject) -> None:
    figures = [found for answer in answers(name, data.draw(inputs_of(name))) for found in tree(answer)]
    figures = [found for found in figures if not found.whole and found.low is not None and found.high is not None]
    for found in figures:
        if found.low == found.high or found.published:
            continue
        assert width(found.low, found.high) == pytest.approx(width(*np.quantile(monte_carlo(found), (0.05, 0.95))), rel=WITHIN), found


def width(low: Any, high: Any) -> float:
    """In logs, or as a difference where one end is not above zero."""
    return math.log(high / low) if low > 0 and high / low < 1e6 else high - low


@pytest.mark.parametrize(("name", "field"), NUMBERS)
def test_every_number_has_both_bounds_and_a_unit(name: str, field: str) -> None:
    inputs: type[Inputs] = CALCULATORS[name].inputs
    low, _, high = limits(inputs, field)
    assert low is not None
    assert high is not None
    assert low < high
    assert quantity(1, inputs.unit(field)) is not None
    assert inputs.model_fields[field].description


@pytest.mark.parametrize(("name", "field"), NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1.0, 1e40], ids=str)
def test_a_number_that_cannot_be_is_refused_with_what_would_do(name: str, field: str, value: float) -> None:
    raised = error(name, **{field: value})
    assert isinstance(raised, InvalidInput)
    assert raised.field == field
    assert raised.allowed == bounds(CALCULATORS[name].inputs, field)


@pytest.mark.parametrize(("name", "field"), [pair for pair in NUMBERS if not limits(CALCULATORS[pair[0]].inputs, pair[1])[1]])
def test_zero_is_refused_where_it_cannot_be(name: str, field: str) -> None:
    assert (error(name, **{field: 0.0}).field, error(name, **{field: 0.0}).code) == (field, "invalid")


@EVERY
def test_an_unknown_input_is_refused_with_those_that_exist(name: str) -> None:
    raised = error(name, colour="blue")
    assert raised.field == "colour"
    assert all(field in raised.allowed for field in CALCULATORS[name].inputs.model_fields)


@pytest.mark.parametrize(
    ("name", "inputs", "near"),
    [
        ("training_cost", {"gpu": "H1000"}, "h100"),
        ("training_cost", {"model": "llama-3.1-405"}, "llama-3-1-405b"),
        ("training_carbon", {"place": "frence"}, "fra"),
        ("use_energy", {"system": "gemini-comprehensiv"}, "gemini-comprehensive"),
        ("training_energy", {"facility": "microsoft-flet"}, "microsoft-fleet"),
        ("api_cost", {"api_model": "gpt-4oo"}, "gpt-4o"),
    ],
)
def test_an_unknown_name_offers_the_near_ones(name: str, inputs: dict[str, str], near: str) -> None:
    raised = error(name, **inputs)
    assert isinstance(raised, UnknownName)
    assert any(near in offered for offered in raised.near), raised.near


def test_an_unknown_calculator_offers_the_near_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean training_cost"):
        calculator("trainin_cost")


@EVERY
def test_a_calculator_says_which_question_it_answers(name: str) -> None:
    assert CALCULATORS[name].question.endswith("?")


@pytest.mark.parametrize("pair", [(40_000, 30_000), "40..30 k$", Range(2, 1)], ids=str)
def test_a_range_the_wrong_way_round_is_refused(pair: object) -> None:
    raised = error("gpu_budget", gpus=30_000, unit_price=pair)
    assert raised.field == "unit_price"
    assert raised.allowed == "put the lower end first"


@EVERY
def test_yes_is_no_number(name: str) -> None:
    for field in (field for of, field in NUMBERS if of == name):
        for said in (True, False, (0, True)):
            assert (error(name, **{field: said}).code, error(name, **{field: said}).field) == ("invalid", field)


@pytest.mark.parametrize(
    ("name", "said", "meant"),
    [
        ("training_energy", {"gpu": "H100", "gpus": "1k", "time": "30 days"}, {"gpu": "h100-sxm", "gpus": 1000, "hours": 720}),
        ("training_carbon", {"energy": "3 GWh", "place": "FRANCE"}, {"energy_kwh": 3e6, "place": "fra"}),
        ("training_carbon", {"energy_kwh": "1 MWh", "country": "Québec"}, {"energy_kwh": 1000, "place": "ca-qc"}),
        ("training_carbon", {"energy_kwh": 1, "place": "US-East-1"}, {"energy_kwh": 1, "place": "aws:us-east-1"}),
        ("training_carbon", {"energy_kwh": 1, "place": "etats-unis"}, {"energy_kwh": 1, "place": "usa"}),
        ("training_cost", {"model": "LLaMA 3.1 405b"}, {"model": "llama-3-1-405b"}),
        ("training_cost", {"gpus": 512, "days": 3, "price": "$2/h"}, {"gpus": 512, "hours": 72, "price": 2}),
        ("electricity_cost", {"energy_kwh": "1 GWh", "electricity_price": "0.10 €/kWh"}, {"energy_kwh": 1e6, "electricity_price": 0.11172}),
        ("gpu_budget", {"gpus": 10, "unit_price": "20..30 k€"}, {"gpus": 10, "unit_price": (22_344, 33_516)}),
        ("training_compute", {"parameters": "70B", "tokens": "15T"}, {"params": 7e10, "tokens": 1.5e13}),
    ],
)
def test_inputs_are_taken_as_people_write_them(name: str, said: dict[str, Any], meant: dict[str, Any]) -> None:
    first, second = calculate(name, **said), calculate(name, **meant)
    assert [(found.name, found.value, found.low, found.high) for found in first] == [
        (found.name, found.value, found.low, found.high) for found in second
    ]


def test_euros_carry_the_dated_rate_at_which_they_were_changed() -> None:
    leaf = calculate("training_cost", gpu_hours=10, price="2 €/h")[0].inputs["price"]
    assert isinstance(leaf, Value)
    assert (leaf.status, leaf.source, leaf.note) == ("given", "ecb-rates", "2 €/h, at 1.1172 USD per EUR")
    assert "2026-10-30" in leaf.where


@pytest.mark.parametrize("said", ["a lot of €", "€", "cheap, in euros"])
def test_euros_without_a_number_are_refused_by_name(said: str) -> None:
    assert error("training_cost", gpu_hours=10, price=said).field == "price"


def test_a_measured_utilisation_takes_the_overhead_of_reserved_hours_on_top() -> None:
    found = calculate("training_time", flop=1e24, gpu="h100-sxm", mfu=0.4, overhead=1.25)[0]
    assert found.value == pytest.approx(1e24 / (9.894e14 * 0.4 * 3600) * 1.25)
    assert calculate("training_time", flop=1e24, gpu="h100-sxm", overhead=1.25)[0].inputs["mfu"].value == 0.375


def test_a_price_of_the_cache_can_be_given() -> None:
    given = {"input_price": "$3/Mtoken", "cached_price": "$0.3/Mtoken", "output_price": "$15/Mtoken"}
    found = calculate("api_cost", input_tokens="1M", cached_tokens=400_000, output_tokens=100_000, **given)[0]
    assert found.value == pytest.approx(0.6 * 3 + 0.4 * 0.3 + 0.1 * 15)


def test_a_name_of_several_rows_offers_them() -> None:
    raised = error("training_carbon", energy_kwh=1, place="Georgia")
    assert isinstance(raised, UnknownName)
    assert raised.near == ["geo", "us-ga"]


def test_a_utilisation_above_the_peak_is_refused_by_its_value() -> None:
    raised = error("utilisation", flop=1e24, gpu_hours=1000, gpu="h100-sxm")
    assert (raised.code, raised.field) == ("invalid", "mfu")
    assert float(raised.value) == pytest.approx(1e24 / (9.894e14 * 3.6e6), rel=1e-2)


def test_the_utilisation_of_a_run_of_unknown_hours_is_not_the_default_one() -> None:
    assert str(error("utilisation", model="pharia-1-llm-7b")) == "utilisation: needs one of gpu_hours, gpus and hours"


def test_a_missing_piece_names_what_would_complete_it() -> None:
    assert str(error("training_cost")) == ("training_cost: needs one of gpu_hours, gpus and hours, params and tokens, flop, model")
    assert str(error("cluster_power")) == "cluster_power: needs gpus"
    assert str(error("cost_growth", growth=0.5)) == "cost_growth: needs cost and years"


def test_a_range_that_leaves_the_bounds_is_refused() -> None:
    assert error("training_energy", gpus=8, hours=8, pue=(0.9, 1.2)).field == "pue"
