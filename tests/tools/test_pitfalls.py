"""Where naive calculators go wrong: each test fails on the naive version. The numbers of the names are those of the reading list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aitoll.tools.facts import fact, row, rows
from aitoll.tools.registry import calculate

if TYPE_CHECKING:
    from aitoll.tools.estimate import Estimate


def value(name: str, /, **inputs: object) -> float:
    return calculate(name, **inputs)[0].value


def leaf(found: Estimate, name: str) -> float:
    return next(each.value for each in found.leaves() if each.name == name)


def test_01_a_mixture_of_experts_counts_active_parameters_not_all() -> None:
    assert value("training_compute", model="deepseek-v3", tokens=14.8e12) == pytest.approx(6 * 37e9 * 14.8e12)


def test_02_peaks_are_dense_not_sparse() -> None:
    assert leaf(calculate("training_cost", flop=1e24, gpu="h100-sxm")[0], "peak") == 9.894e14


def test_03_a_published_energy_with_pue_is_not_multiplied_by_pue_again() -> None:
    assert value("training_energy", model="gpt-3-175b") == 1_287_000
    assert value("training_carbon", model="gpt-3-175b", grid_g_per_kwh=429) == pytest.approx(552.1, rel=1e-3)
    assert value("training_water", energy_kwh=1_287_000, pue=1.1, wue=0, ewif=1) == pytest.approx(1_287_000)


def test_05_wue_goes_with_the_machines_and_ewif_with_the_meter() -> None:
    assert value("use_water", energy_per_question=1, wue=1, pue=2, ewif=10) == pytest.approx(1 + 2 * 10)


def test_06_average_power_is_neither_the_rated_power_of_the_chip_alone_nor_that_of_the_full_server() -> None:
    found = calculate("training_energy", gpus=1, hours=1, gpu="h100-sxm", pue=1)[0]
    assert found.value == pytest.approx(0.7 * 1.821 * 0.75)
    assert {"tdp", "server_ratio", "average_to_peak"} <= {each.name for each in found.leaves()}


def test_07_quebec_is_not_canada_and_iowa_is_not_the_united_states() -> None:
    quebec, canada = (fact("grids", place, "g_per_kwh").value for place in ("ca-qc", "can"))
    assert quebec < canada / 3
    assert row("grids", "us-ia")["g_per_kwh"] != row("grids", "usa")["g_per_kwh"]


def test_07_a_factor_of_the_wrong_place_is_ten_times_off() -> None:
    france, states = (value("training_carbon", energy_kwh=1e6, place=place) for place in ("fra", "usa"))
    assert states > 8 * france


def test_08_direct_and_life_cycle_factors_are_told_apart() -> None:
    assert {cells["basis"] for cells in rows("grids").values() if cells["kind"] == "country"} == {"life-cycle"}
    assert all(cells["basis"] for cells in rows("grids").values())


def test_09_market_based_zero_is_not_the_emissions() -> None:
    figures = calculate("training_carbon", model="llama-3-1-405b")
    assert [(found.name, found.value) for found in figures] == [("training_carbon", 8930), ("training_carbon_market", 0)]


def test_10_the_slip_of_the_llama_33_card_is_not_in_the_table() -> None:
    card = row("models", "llama-3-3-70b")["co2_location_t"]
    assert not card or float(card) > 1000


def test_11_the_slips_of_later_tables_are_not_copied() -> None:
    assert row("models", "llama-7b")["energy_kwh"] in ("36000", "")
    assert float(row("models", "flm-101b")["energy_kwh"] or 37_000) < 1e6


def test_12_deepseek_v2_hours_are_for_all_its_tokens() -> None:
    assert float(row("models", "deepseek-v2")["chip_hours"]) == pytest.approx(172_800 * 8.1, rel=0.01)


def test_13_the_cost_of_deepseek_v3_is_that_of_rented_hours_of_the_final_run() -> None:
    basis = row("models", "deepseek-v3")["cost_basis"].lower()
    assert "rent" in basis
    assert "final" in basis


def test_14_an_estimate_is_not_called_spending() -> None:
    assert "estimate" in (row("models", "gemini-1-0-ultra")["cost_usd_note"] + row("models", "gemini-1-0-ultra")["cost_basis"]).lower()


def test_14_chips_bought_and_chips_rented_are_not_added() -> None:
    bought = calculate("gpu_budget", gpus=100, unit_price=30_000)[0]
    rented = calculate("training_cost", gpus=100, hours=100, price=2)[0]
    assert (bought.value, rented.value) == (3e6, 20_000)


def test_16_training_and_use_of_mistral_are_one_row_that_says_so() -> None:
    assert "use" in row("models", "mistral-large-2-training-18-months-of-use")["name"].lower()


def test_17_utilisation_is_over_all_stated_hours_so_no_overhead_comes_on_top() -> None:
    found = calculate("training_time", flop=1e24, gpu="h100-sxm")[0]
    assert found.value == pytest.approx(1e24 / (9.894e14 * 0.26 * 3600))
    assert {each.name for each in found.leaves()} == {"flop", "peak", "mfu"}


def test_18_the_search_of_strubell_is_not_a_training_run() -> None:
    assert not [id for id, cells in rows("models").items() if cells["co2_location_t"] and 280 < float(cells["co2_location_t"]) < 285]


def test_19_a_question_carries_the_boundary_of_its_figure() -> None:
    assert all(cells["boundary"] or cells["water_scope"] or cells["co2_basis"] for cells in rows("inference").values())


def test_21_cached_batch_and_long_prompts_are_not_the_standard_price() -> None:
    short = value("api_cost", api_model="claude-sonnet-4-5", input_tokens=1e6)
    long = value("api_cost", api_model="claude-sonnet-4-5", input_tokens=1e6, prompt_tokens=1e6)
    assert (short, long) == pytest.approx((3, 6))
    assert value("api_cost", api_model="gpt-4o", input_tokens=1e6, batch=True) == pytest.approx(1.25)
    assert value("api_cost", api_model="gpt-4o", input_tokens=1e6, cached_tokens=1e6) == pytest.approx(1.25)


def test_22_water_is_consumption_and_withdrawal_a_row_of_its_own() -> None:
    figures = {found.name: found.value for found in calculate("training_water", energy_kwh=1e6, withdrawal=True)}
    assert figures["water_withdrawn"] > 5 * figures["training_water"]
    assert row("constants", "denmark-water-withdrawal")["value"] == "980000000"


def test_23_better_cooling_saves_little_at_a_modern_site() -> None:
    assert value("cooling_savings", pue_before=1.1, pue_after=1.08) == pytest.approx(0.018, abs=5e-4)
    assert value("cooling_savings", pue_before=1.56, pue_after=1.1) == pytest.approx(0.295, abs=5e-4)


def test_24_hydropower_widens_the_water_of_a_grid() -> None:
    found = fact("grids", "swe", "ewif_l_per_kwh")
    assert found.low is not None
    assert found.high is not None
    assert found.high > 4 * found.low


def test_27_a_die_of_an_mi250x_is_not_the_whole_module() -> None:
    assert 0.5 <= fact("accelerators", "mi250x", "tdp_kw").value <= 0.56


def test_28_pounds_gallons_and_tons_are_not_kilograms_litres_and_tonnes() -> None:
    assert value("training_carbon", energy_kwh=27, grid_g_per_kwh="0.954 lbCO2e/kWh") == pytest.approx(26 * 0.45359237e-3, rel=0.015)
    assert value("use_water", water_l="0.000085 gal", per_questions=1) == pytest.approx(0.32e-3, rel=0.01)


def test_per_question_and_per_run_are_never_mixed() -> None:
    million = calculate("use_energy", questions=1e6, energy_per_question="0.3 Wh")[0]
    one = calculate("use_energy", energy_per_question="0.3 Wh")[0]
    assert (million.value, one.value) == pytest.approx((300, 0.0003))
