"""The scorecard is that of this code: no figure is older than what it measures, and what falls short has its reason."""

from __future__ import annotations

import pytest

from benchmarks.card.figures import least, none_of, share
from benchmarks.card.page import PAGE, REASONS, page
from benchmarks.card.parts import PARTS
from benchmarks.card.results import fingerprint, kept

MEASURED = [(part, found) for part in PARTS if (found := kept(part))]


def test_no_figure_is_older_than_its_code() -> None:
    old = [part.name for part, found in MEASURED if found.code != fingerprint(part.code)]
    assert old == [], "python -m benchmarks.card " + " ".join(old)


def test_the_page_shows_what_was_measured() -> None:
    assert not MEASURED or PAGE.read_text("utf-8") == page()


def test_what_falls_short_has_its_reason() -> None:
    missed = [figure.name for _, found in MEASURED for figure in found.figures if figure.met is False]
    assert [name for name in missed if name not in REASONS] == []


def test_a_bound_is_the_exact_one() -> None:
    assert least(300, 300) == pytest.approx(0.05 ** (1 / 300))
    assert least(0, 10) == 0.0
    assert none_of("lies", [("one", False)] * 300, "").high == pytest.approx(0.00994, rel=0.01)
    assert share("right", [("one", True), ("two", False)], "").failed == ("two",)
