"""The shipped claims, and that an incomplete one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from aitoll.knowledge.library import LANGUAGES, library, passage, read
from aitoll.tools.errors import DataFault

if TYPE_CHECKING:
    from pathlib import Path

ENTRY: dict[str, Any] = {
    "id": "x1",
    "topic": "heat",
    "verdict": "wrong",
    "fr": "La chaleur sert.",
    "en": "The heat is used.",
    "note": {"fr": "Pas vraiment.", "en": "Not really."},
    "primary": [{"source": "cottier-2024", "where": "abstract"}],
    "keywords": {"fr": "chaleur", "en": "heat"},
}


def folder(place: Path, source: str = "article-prix-reel", **changes: Any) -> Path:
    entry = {key: value for key, value in {**ENTRY, **changes}.items() if value != "left out"}
    sections = [{"id": "s1", "title": {"fr": "Chaleur", "en": "Heat"}, "passages": [entry]}]
    place.joinpath("one.yaml").write_text(yaml.safe_dump({"source": source, "sections": sections}), "utf-8")
    return place


def test_every_claim_has_its_words_its_place_and_a_known_source() -> None:
    for one in library():
        assert set(one.text) == set(one.place) == set(one.title) == set(one.keywords) == set(LANGUAGES)
        assert passage(one.id) is one


def test_all_three_sources_are_there() -> None:
    assert {one.source for one in library()} == {"article-defi-economique", "article-prix-reel", "faq-prix-reel"}


def test_an_article_names_its_section_and_the_faq_its_question(tmp_path: Path) -> None:
    assert read(folder(tmp_path))[0].place == {"fr": "section « Chaleur »", "en": "section “Heat”"}
    assert read(folder(tmp_path, "faq-prix-reel"))[0].place == {"fr": "FAQ, question 1 : Chaleur", "en": "FAQ, question 1: Heat"}


def test_a_claim_without_primary_source_note_or_verdict_is_complete(tmp_path: Path) -> None:
    one = read(folder(tmp_path, primary=[], note=None, verdict=None))[0]
    assert (one.primary, one.note, one.verdict) == ((), None, None)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("fr", "left out", "is missing"),
        ("en", "  ", "is no text, or empty"),
        ("en", "word " * 130, "longer than 600"),
        ("verdict", "left out", "is missing"),
        ("verdict", "perhaps", "'perhaps' is none of"),
        ("note", {"fr": "oui"}, "is missing"),
        ("keywords", "heat", "is missing"),
        ("primary", "cottier-2024", "is no list"),
        ("primary", [{"source": "cottier-2024"}], "is missing"),
        ("primary", [{"source": "nobody-1900", "where": "p. 1"}], "not in the bibliography"),
        ("topic", None, "is no text, or empty"),
    ],
)
def test_an_incomplete_claim_is_refused(tmp_path: Path, column: str, value: Any, reason: str) -> None:
    with pytest.raises(DataFault, match=reason):
        read(folder(tmp_path, **{column: value}))


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    folder(tmp_path).joinpath("one.yaml").rename(tmp_path / "two.yaml")
    with pytest.raises(DataFault, match="stands twice"):
        read(folder(tmp_path))


def test_an_unknown_id_is_refused() -> None:
    with pytest.raises(DataFault, match="no passage has this id"):
        passage("nothing")
