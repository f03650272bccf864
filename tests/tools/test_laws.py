"""Over the whole domain of every calculator: how its first figure follows each number, and that inverses undo it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from aitoll.tools.errors import InvalidInput, MissingInput
from aitoll.tools.inverse import inverse
from aitoll.tools.registry import CALCULATORS, limits
from tests.tools.asking import answers, inputs_of, kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aitoll.tools.estimate import Estimate

One = float | str
Law = One | dict[str, One]
UP, DOWN, FREE, APART = "up", "down", "free", "apart"  # never falls; never rises; either; not in the first figure


def alike(law: Law, *fields: str) -> dict[str, Law]:
    return dict.fromkeys(fields, law)


#: A number is the power of the input in the figure. A law may differ by the name or the unit of the figure.
OF_A_RUN: dict[str, Law] = alike(1, "params", "tokens", "flop", "gpus", "hours", "gpu_hours", "overhead") | {"peak": -1, "mfu": -1}
OF_MACHINES: dict[str, Law] = alike(1, "power_kw", "tdp_kw", "server_ratio", "average_to_peak", "it_energy_kwh")
OF_A_SITE: dict[str, Law] = OF_A_RUN | OF_MACHINES | alike(1, "pue", "it_power_kw", "site_power_kw", "load", "energy_kwh")
OF_USE: dict[str, Law] = {
    **alike(1, "questions", "energy_per_question", "energy_per_token", "serving_overhead", "seconds", "server_kw"),
    **alike(UP, "output_tokens", "input_tokens", "prefill_ratio"),
}
OF_GROWN: dict[str, Law] = alike(
    UP, "unit_price", "server_factor", "server_value", "network_share", "electricity_price", "years", "use", "hosting_price", "operations"
)
BESIDE: dict[str, Law] = alike(
    APART, "matched_share", "market_g_per_kwh", "embodied_kg_per_gpu", "lifetime", "lifetime_use", "withdrawal_ratio", "wue", "ewif"
)


def rising(laws: Mapping[str, Law]) -> dict[str, Law]:
    """The same directions, where other terms are added."""
    return {field: DOWN if law == -1 else UP for field, law in laws.items()}


LAWS: dict[str, dict[str, Law]] = {
    "training_compute": OF_A_RUN | {"peak": 1, "mfu": 1, "achieved": 1, "overhead": APART},
    "training_time": OF_A_RUN | {"gpus": DOWN},
    "training_cost": OF_A_RUN | {"price": 1},
    "gpu_budget": {
        "gpus": 1,
        "budget": UP,
        "unit_price": {"affordable_gpus": DOWN, "": 1},
        "server_factor": {"affordable_gpus": DOWN, "": 1},
        "network_share": {"affordable_gpus": DOWN, "": UP},
    },
    "training_energy": OF_A_SITE,
    "training_carbon": OF_A_SITE | BESIDE | {"grid_g_per_kwh": 1, "carbon_t": 1},
    "training_water": OF_A_SITE | BESIDE | {"wue": UP, "ewif": UP, "pue": FREE},
    "use_energy": OF_USE | {"questions": {"energy_per_question": -1, "": 1}, "pue": 1, "total_energy_kwh": 1},
    "use_carbon": OF_USE | {"pue": 1, "grid_g_per_kwh": 1, "carbon_per_question": 1},
    "use_water": OF_USE
    | {"water_l": 1, "per_questions": -1, "per_tokens": -1, "water_per_question": 1, "wue": UP, "ewif": UP, "pue": FREE},
    "api_cost": alike(UP, "input_tokens", "output_tokens", "prompt_tokens", "input_price", "output_price")
    | {"cached_tokens": FREE, "cached_price": UP},
    "cost_growth": {"cost": 1, "power_kw": 1, "growth": {"doubling_time": DOWN, "": UP}, "years": FREE},
    "savings": {"cost": 1, "divisor": -1},
    "cooling_savings": {"pue_before": UP, "pue_after": DOWN, "energy_kwh": 1, "it_energy_kwh": 1},
    "revenue_gap": alike({"revenue_missing": DOWN, "revenue_beyond": UP, "": APART}, "revenue", "companies", "revenue_each")
    | {"chip_sales": 1, "chip_share": -1, "margin": UP, "needed": {"revenue_missing": UP, "revenue_beyond": DOWN}},
    "electricity_cost": OF_A_SITE | {"electricity_price": 1},
    "money": {"dollars": 1, "euros": 1, "usd_per_eur": {"EUR": -1, "USD": 1}},
    "utilisation": OF_A_RUN | {"gpus": -1, "hours": -1, "gpu_hours": -1, "mfu": APART, "overhead": APART},
    "amortised_cost": rising(OF_A_SITE)
    | OF_GROWN
    | alike(UP, "chips_cost", "servers_cost", "network_cost", "energy_cost")
    | {"age": DOWN, "depreciation": FREE},
    "cost_bases": alike(APART, *OF_A_SITE, *OF_GROWN, "chips_cost", "servers_cost", "network_cost", "energy_cost", "age", "depreciation")
    | OF_A_RUN
    | {"price": 1},
    "development_cost": OF_A_RUN | {"price": 1, "cost": 1, "multiplier": 1, "staff_share": UP, "project_cost": 1, "final_share": 1},
    "cluster_power": OF_A_SITE | {"server_kw": 1},
    "cluster_budget": rising(OF_A_SITE) | OF_GROWN | {"gpus": 1, "price": APART},
    "footprint": OF_A_SITE | BESIDE | alike(APART, "grid_g_per_kwh", "carbon_t", "electricity_price"),
    "carbon_price": alike(1, "carbon_t", "carbon_price", "energy_kwh", "grid_g_per_kwh"),
    "avoided_carbon": {"energy_kwh": 1, "grid_before": {"carbon_ratio": 1, "": UP}, "grid_after": {"carbon_ratio": -1, "": DOWN}},
    "site_overhead": {
        "energy_kwh": 1,
        "it_energy_kwh": {"site_pue": -1, "": 1},
        "pue": {"site_energy": 1, "it_energy": -1, "overhead_share": UP},
    },
    "share_each": alike(1, "cost", "energy_kwh", "carbon_t", "water_l") | {"among": -1, "counted": 1},
    "use_cost": {"questions": 1, "cost_per_question": 1},
}
EVERY = pytest.mark.parametrize("name", list(CALCULATORS))
broad = settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
FACTOR = 1.7


def number_fields(name: str) -> list[str]:
    inputs = CALCULATORS[name].inputs
    return [field for field in inputs.model_fields if kind(inputs, field) == "number"]


def law_of(name: str, field: str, found: Estimate) -> One:
    law = LAWS[name][field]
    return law if not isinstance(law, dict) else law.get(found.name, law.get(found.unit, law.get("", FREE)))


def first(name: str, made: dict[str, Any]) -> Estimate | None:
    figures = answers(name, made)
    return figures[0] if figures else None


def drawn(name: str, data: st.DataObject) -> tuple[dict[str, Any], Estimate]:
    """Inputs that the calculator takes, and its first figure."""
    made = data.draw(inputs_of(name))
    found = first(name, made)
    assume(found is not None)
    assert found is not None
    return made, found


def rows_of(found: Estimate) -> set[str]:
    return {leaf.row for leaf in found.leaves()}


@EVERY
def test_every_number_of_a_calculator_has_a_law(name: str) -> None:
    assert [field for field in number_fields(name) if field not in LAWS[name]] == []


@EVERY
@broad
@given(data=st.data())
def test_a_figure_follows_each_number_as_its_law_says(name: str, data: st.DataObject) -> None:
    made, before = drawn(name, data)
    for field in (field for field in number_fields(name) if made.get(field)):
        high = limits(CALCULATORS[name].inputs, field)[2] or math.inf
        after = first(name, {**made, field: made[field] * FACTOR}) if made[field] * FACTOR <= high else None
        if after is None or after.name != before.name or rows_of(after) != rows_of(before):
            continue
        law = law_of(name, field, before) if f"given/{field}" in rows_of(before) else APART
        assert holds(law, before.value, after.value), (field, law, before.value, after.value)


def holds(law: One, before: float, after: float) -> bool:
    close = math.isclose(before, after, rel_tol=1e-9, abs_tol=1e-300)
    if isinstance(law, str):
        return {UP: after >= before or close, DOWN: after <= before or close, FREE: True, APART: close}[law]
    return math.isclose(after, before * FACTOR**law, rel_tol=1e-9)


PROPORTIONAL = [name for name in CALCULATORS if any(not isinstance(law, str) for law in LAWS[name].values())]


@pytest.mark.parametrize("name", PROPORTIONAL)
@broad
@given(data=st.data())
def test_the_inverse_undoes_the_calculator(name: str, data: st.DataObject) -> None:
    made, found = drawn(name, data)
    field = next((field for field in made if f"given/{field}" in rows_of(found) and _proportional(name, field, found)), None)
    if field is None or found.whole or found.value <= 0:
        return
    others = {other: value for other, value in made.items() if other != field}
    try:
        again = inverse(name, field, found.value, **others)
    except (InvalidInput, MissingInput):  # the trial number may contradict the others
        return
    if rows_of(found) - {f"given/{field}"} <= rows_of(again):
        assert again.value == pytest.approx(made[field], rel=1e-6)


def _proportional(name: str, field: str, found: Estimate) -> bool:
    return field in LAWS[name] and not isinstance(law_of(name, field, found), str)
