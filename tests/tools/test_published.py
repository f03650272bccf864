"""What was published, through the public calculators; arithmetic on published figures as facts of the tables, counted apart."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from aitoll.tools.facts import rows
from aitoll.tools.inverse import inverse
from aitoll.tools.registry import CALCULATORS, calculate
from aitoll.tools.sources import source
from aitoll.tools.units import convert
from tests.tools.asking import tree

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "published.yaml").read_text("utf-8"))
COMPUTED, FACTS = CASES["calculators"], CASES["facts"]
STRENGTHS = {"ground_truth", "printed_chain", "replay", "implied_factor", "identity", "derived", "negative_test"}


def computed(case: dict[str, Any]) -> float:
    if "solve" in case:
        unit = calculate(case["calculator"], **case["inputs"])[0].unit
        amount, written = case["limit"].split()
        found = inverse(case["calculator"], case["solve"], convert(float(amount), written, unit), **case["inputs"])
    else:
        figures = [part for found in calculate(case["calculator"], **case["inputs"]) for part in tree(found)]
        found = next(figure for figure in figures if figure.name == case.get("figure", figures[0].name))
    return convert(found.value, found.unit, case["unit"])


def table(name: str) -> dict[str, dict[str, Any]]:
    return {id: {column: _number(text) for column, text in cells.items()} for id, cells in rows(name).items()}


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def fits(case: dict[str, Any], value: float) -> bool:
    gap = abs(value - case["published"])
    return bool(gap <= case["tolerance"] * (1 if case.get("absolute") else abs(case["published"])))


@pytest.mark.parametrize("case", COMPUTED, ids=lambda case: str(case["id"]))
def test_a_calculator_gives_what_was_published_and_not_its_slips(case: dict[str, Any]) -> None:
    assert fits(case, computed(case)) == (case["expect"] == "match"), computed(case)


@pytest.mark.parametrize("case", FACTS, ids=lambda case: str(case["id"]))
def test_the_tables_agree_with_the_arithmetic_on_what_was_published(case: dict[str, Any]) -> None:
    named = {"models": table("models"), "constants": table("constants"), "sqrt": math.sqrt, "exp": math.exp, "log": math.log}
    value = eval(case["arithmetic"], {**named, "log10": math.log10})
    assert fits(case, value) == (case["expect"] == "match"), value


@pytest.mark.parametrize("case", [*COMPUTED, *FACTS], ids=lambda case: str(case["id"]))
def test_a_case_names_its_source_its_place_and_its_strength(case: dict[str, Any]) -> None:
    assert source(case["source"]).title
    assert case["place"]
    assert case["strength"] in STRENGTHS
    assert case["evidence"] in ("A", "B", "C")
    assert case["expect"] in ("match", "mismatch")


def test_no_case_is_there_twice_and_most_calculators_are_tried() -> None:
    assert [id for id, times in Counter(case["id"] for case in (*COMPUTED, *FACTS)).items() if times > 1] == []
    assert {case["calculator"] for case in COMPUTED} <= CALCULATORS.keys()
    assert len(COMPUTED) >= 180


def test_ground_truth_is_told_from_arithmetic() -> None:
    strengths = Counter(case["strength"] for case in COMPUTED)
    assert strengths["ground_truth"] >= 3
    assert strengths["negative_test"] >= 4
