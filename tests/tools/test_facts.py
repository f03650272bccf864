"""Rows as typed values, and what is refused of them; the bibliography; errors; units in questions."""

from __future__ import annotations

import pytest

from aitoll.tools import errors, facts
from aitoll.tools.errors import AitollError, DataFault, InvalidInput, MissingInput, UnknownName
from aitoll.tools.facts import constant, fact, known, near, row
from aitoll.tools.said import Range, in_unit
from aitoll.tools.sources import overdue, source


def test_a_fact_carries_range_status_and_source() -> None:
    found = fact("grids", "fra", "g_per_kwh")
    assert (found.value, found.low, found.high, found.unit, found.status) == (41.4, 39.33, 53.3, "gCO2e/kWh", "published")
    assert (found.source, found.row) == ("ember-owid", "grids/fra/g_per_kwh")
    assert "FRA, 2025" in found.where


def test_a_constant_carries_its_own_unit() -> None:
    found = constant("electricity-large-buyer-us")
    assert found.unit == "USD/kWh"
    assert found.note


def test_a_value_of_its_own_source_does_not_borrow_the_rows() -> None:
    assert fact("models", "gpt-3-175b", "water_l").source == "li-2025"
    assert fact("models", "gpt-3-175b", "energy_kwh").source == "patterson-2021"


def test_more_than_is_a_range_without_an_end() -> None:
    found = fact("models", "gpt-4", "cost_usd")
    assert (found.low, found.value, found.high) == (1e8, 1e8, None)


def test_blank_is_unknown_and_not_zero() -> None:
    assert not known("models", "gpt-4", "water_l")
    with pytest.raises(DataFault, match="is not published here"):
        fact("models", "gpt-4", "water_l")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"g_per_kwh_high": "40"}, "outside its own range"),
        ({"where": ""}, "the place in it is missing"),
        ({"source": ""}, "its source or the place"),
        ({"status": "rumoured"}, "neither published nor assumed"),
        ({"g_per_kwh": "41 g"}, "is not a number"),
        ({"g_per_kwh": "inf"}, "is not a number"),
        ({"status": "assumed", "note": ""}, "no note says why"),
    ],
)
def test_an_incomplete_row_is_refused_when_it_is_used(change: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**row("grids", "fra"), **change}
    monkeypatch.setattr(facts, "rows", lambda _: {"fra": broken})
    with pytest.raises(DataFault, match=reason):
        facts.fact.__wrapped__("grids", "fra", "g_per_kwh")


def test_near_names_are_those_of_ids_names_and_aliases() -> None:
    assert near("accelerators", "H1000")[0].startswith("h100")
    assert near("grids", "Frence")[0] == "fra"
    assert near("grids", "xyzxyz") == []


def test_a_source_has_a_title() -> None:
    assert source("patterson-2021").title.startswith("Carbon Emissions")
    with pytest.raises(DataFault, match="not in the bibliography"):
        source("a-blog")


def test_a_source_past_its_review_date_is_overdue() -> None:
    assert overdue("2026-11-22") == []
    prices = {found.id for found in overdue("2027-06-01")}
    assert prices
    assert prices < {found.id for found in overdue("2030-01-01")}


def test_every_error_has_a_code_of_its_own() -> None:
    own = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, AitollError)]
    assert len({error.code for error in own}) == len(own)


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (InvalidInput(field="pue", value="0.9", allowed="use a number from 1 to 5"), "pue: 0.9 cannot be; use a number from 1 to 5"),
        (UnknownName(table="accelerators", name="H1000", near=["h100-sxm"]), "accelerators: no row named 'H1000'; did you mean h100-sxm?"),
        (UnknownName(table="grids", name="xyz", near=[]), "grids: no row named 'xyz'"),
        (MissingInput(calculator="savings", needs=["cost"]), "savings: needs cost"),
        (MissingInput(calculator="x", needs=["gpu_hours", "gpus and hours"]), "x: needs one of gpu_hours, gpus and hours"),
        (MissingInput(calculator="x", needs=["cost", "years"], every=True), "x: needs cost and years"),
    ],
)
def test_a_message_names_what_was_wrong_and_what_would_work(raised: AitollError, message: str) -> None:
    assert str(raised) == message


def test_an_error_keeps_its_facts() -> None:
    raised = InvalidInput(field="pue", value="0.9", allowed="more")
    assert (raised.field, raised.value, raised.code) == ("pue", "0.9", "invalid")
    with pytest.raises(AttributeError):
        _ = raised.colour


@pytest.mark.parametrize(
    ("said", "unit", "read"),
    [
        ("14.8 day", "hour", 355.2),
        ("330 W/GPU", "kW/GPU", 0.33),
        ("0.954 lbCO2e/kWh", "gCO2e/kWh", 432.7271),
        ("1_287 MWh", "kWh", 1_287_000),
        ("60 %", "1", 0.6),
        (12, "kWh", 12),
        ("12", "kWh", 12),
        ("30 jours", "hour", 720),
        ("70B", "1", 7e10),
        ("15T tokens", "token", 1.5e13),
        ("$2.50/h", "USD/GPU-hour", 2.5),
        ("2,50 $/h", "USD/GPU-hour", 2.5),
        ("$2.50", "USD/GPU-hour", 2.5),
        ("0,20 €", "EUR/kWh", 0.2),
        ("700 W", "kW/GPU", 0.7),
        ("1,287 MWh", "kWh", 1_287_000),
        ("50 g/kWh", "gCO2e/kWh", 50),
        ("100 t", "tCO2e", 100),
        ("$15 per Mtoken", "USD/token", 15e-6),
        ("about ten", "1", "about ten"),
    ],
)
def test_a_number_may_come_in_any_unit_of_its_dimension(said: object, unit: str, read: object) -> None:
    assert in_unit(said, unit) == (pytest.approx(read, rel=1e-6) if isinstance(read, float) else read)


@pytest.mark.parametrize(("said", "unit"), [("$3", "USD/token"), ("3 kWh", "USD/GPU-hour"), ("$3", "kWh"), ("3 €", "USD/kWh")])
def test_a_unit_of_another_kind_is_refused(said: str, unit: str) -> None:
    with pytest.raises(InvalidInput):
        in_unit(said, unit)


def test_a_range_may_come_in_any_unit_too() -> None:
    assert in_unit("1..2 day", "hour") == Range(24, 48)
    assert in_unit([30, 40], "USD") == Range(30, 40)
    assert in_unit("30 to 40 k$", "USD/GPU") == Range(30_000, 40_000)
    assert in_unit("$2..$3", "USD/GPU-hour") == Range(2, 3)
    assert in_unit("between $2 and $3", "USD/GPU-hour") == in_unit("de 2 à 3 $/h", "USD/GPU-hour") == Range(2, 3)
    assert in_unit("30k–40k", "GPU") == Range(30_000, 40_000)
    assert in_unit(["1 week", "1 month"], "hour") == Range(168, 730.5)
