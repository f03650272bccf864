"""The cases worked by hand, one file a calculator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aitoll.tools.registry import CALCULATORS, calculate
from tests.tools.asking import error

FOLDER = Path(__file__).parents[1] / "cases"
FILES = {name: yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8")) for name in CALCULATORS if (FOLDER / f"{name}.yaml").exists()}
CASES: list[tuple[str, dict[str, Any]]] = [(name, case) for name, cases in FILES.items() for case in cases]
ANSWERED = [pytest.param(name, case, id=f"{name}: {case['name']}") for name, case in CASES if "expect" in case]
REFUSED = [pytest.param(name, case, id=f"{name}: {case['name']}") for name, case in CASES if "refused" in case]
CLOSE = 1e-4  # the cases are written to five digits


@pytest.mark.parametrize(("name", "case"), ANSWERED)
def test_a_case_worked_by_hand(name: str, case: dict[str, Any]) -> None:
    expect, figures = case["expect"], calculate(name, **case["asked"])
    found = next(figure for figure in figures if figure.name == expect.get("figure", figures[0].name))
    low, high = expect.get("low", expect["value"]), expect.get("high", expect["value"])
    assert found.unit == expect["unit"]
    assert (found.low, found.value, found.high) == pytest.approx((low, expect["value"], high), rel=CLOSE), case["why"]


@pytest.mark.parametrize(("name", "case"), REFUSED)
def test_a_case_that_is_refused(name: str, case: dict[str, Any]) -> None:
    raised = error(name, **case["asked"])
    assert raised.code == case["refused"]["code"], case["why"]
    assert case["refused"]["names"] in str(raised)


@pytest.mark.parametrize("name", list(CALCULATORS))
def test_every_calculator_has_three_cases_with_their_working(name: str) -> None:
    assert len(FILES.get(name, [])) >= 3
    assert all(case["why"] and ("expect" in case) != ("refused" in case) for case in FILES[name])
