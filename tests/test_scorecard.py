"""The scorecard is that of this code: no figure is older than what it measures, and what falls short has its reason."""

from __future__ import annotations

import pytest
from packaging.version import Version

from benchmarks.card import dependencies
from benchmarks.card.figures import Measured, least, none_of, read, share
from benchmarks.card.headline import README, with_block
from benchmarks.card.page import PAGE, REASONS, page
from benchmarks.card.parts import PARTS
from benchmarks.card.results import fingerprint, kept

MEASURED = [(part, found) for part in PARTS if (found := kept(part))]


def test_no_figure_is_older_than_its_code() -> None:
    old = [part.name for part, found in MEASURED if found.code != fingerprint(part.code)]
    assert old == [], "python -m benchmarks.card " + " ".join(old)


def test_the_page_shows_what_was_measured() -> None:
    assert not MEASURED or PAGE.read_text("utf-8") == page()


def test_the_headline_figures_of_the_readme_are_those_of_the_card() -> None:
    assert README.read_text("utf-8") == with_block(README.read_text("utf-8"))


def test_what_falls_short_has_its_reason() -> None:
    missed = [figure.name for _, found in MEASURED for figure in found.figures if figure.met is False]
    assert [name for name in missed if name not in REASONS] == []


def test_a_bound_is_the_exact_one() -> None:
    assert least(300, 300) == pytest.approx(0.05 ** (1 / 300))
    assert least(0, 10) == 0.0
    assert none_of("lies", [("one", False)] * 300, "").high == pytest.approx(0.00994, rel=0.01)
    assert share("right", [("one", True), ("two", False)], "").failed == ("two",)


def failing(bad: int, of: int) -> Measured:
    return share("right", [(str(case), case >= bad) for case in range(of)], "", 0.95)


def took(value: float) -> Measured:
    return Measured("warm", value, "ms", "", 5, True)


@pytest.mark.parametrize(
    ("found", "kept", "worse"),
    [
        (failing(3, 60), failing(30, 1000), False),  # still above the target
        (failing(5, 60), failing(30, 1000), False),  # below it, as one sample in five is at 95 %
        (failing(12, 60), failing(30, 1000), True),
        (failing(12, 60), failing(190, 1000), False),  # no worse than what is kept as missed
        (failing(12, 60), None, True),
        (none_of("lies", [("one", True), ("two", False)], ""), none_of("lies", [("one", False)], ""), True),
        (took(5.5), took(4), False),
        (took(8), took(4), True),
        (took(8), took(7), False),
        (Measured("no target", 9, "ms", ""), None, False),
    ],
)
def test_the_short_form_tells_a_regression_from_few_cases(found: Measured, kept: Measured | None, worse: bool) -> None:
    assert found.worse_than(kept) is worse


@pytest.mark.parametrize(
    ("version", "named"),
    [
        ("0.9", False),
        ("1.0", True),
        ("1.4", True),
        ("1.5", False),
        ("1.9", False),
        ("2.0", True),
        ("2.1", True),
        ("2.2", False),
        ("3.7", True),
    ],
)
def test_an_advisory_names_the_versions_between_its_events(version: str, named: bool) -> None:
    mended = [{"introduced": "1.0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"last_affected": "2.1"}, {"introduced": "3.0"}]
    assert dependencies.names({"ranges": [{"type": "ECOSYSTEM", "events": mended}]}, Version(version)) is named


def test_a_target_of_nothing_is_kept() -> None:
    assert read(none_of("lies", [("one", False)], "").plain()).met is True
