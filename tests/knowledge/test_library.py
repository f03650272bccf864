"""The shipped claims, and that an incomplete one is refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from aitoll.knowledge.library import LANGUAGES, library, passage, read
from aitoll.tools.errors import DataFault

if TYPE_CHECKING:
    from pathlib import Path

ARTICLES = {"article-defi-economique", "article-prix-reel", "faq-prix-reel"}
ENTRY: dict[str, Any] = {
    "id": "x1",
    "topic": "heat",
    "verdict": "wrong",
    "fr": "La chaleur sert.",
    "en": "The heat is used.",
    "note": {"fr": "Pas vraiment.", "en": "Not really."},
    "primary": [{"source": "cottier-2024", "where": "abstract"}],
    "keywords": {"fr": "chaleur", "en": "heat"},
    "asks": {"fr": ["Que devient la chaleur ?"], "en": ["Where does the heat go?", "Is it used?"]},
    "claims": [],
}
PUBLISHED: dict[str, Any] = {
    "id": "p1",
    "topic": "heat",
    "where": {"fr": "résumé", "en": "abstract"},
    "fr": "La chaleur est récupérée.",
    "en": "The heat is recovered.",
    "asks": {"fr": ["Que devient la chaleur ?"], "en": []},
}


def folder(place: Path, source: str = "article-prix-reel", **changes: Any) -> Path:
    entry = {key: value for key, value in {**ENTRY, **changes}.items() if value != "left out"}
    sections = [{"id": "s1", "title": {"fr": "Chaleur", "en": "Heat"}, "passages": [entry]}]
    place.joinpath("one.yaml").write_text(yaml.safe_dump({"source": source, "sections": sections}), "utf-8")
    return place


def primary_folder(place: Path, **changes: Any) -> Path:
    entry = {key: value for key, value in {**PUBLISHED, **changes}.items() if value != "left out"}
    read = {"source": "cottier-2024", "title": {"fr": "Epoch", "en": "Epoch AI"}, "names": ["Epoch AI", "Cottier"], "claims": [entry]}
    place.joinpath("primary.yaml").write_text(yaml.safe_dump(read), "utf-8")
    return place


def test_every_claim_has_its_words_its_place_and_a_known_source() -> None:
    for one in library():
        assert set(one.text) == set(one.place) == set(one.title) == set(one.keywords) == set(LANGUAGES)
        assert passage(one.id) is one


def test_the_articles_and_at_least_forty_primary_sources_with_three_claims_are_there() -> None:
    held = Counter(one.source for one in library())
    assert held.keys() >= {"article-defi-economique", "article-prix-reel", "faq-prix-reel"}
    assert sum(count >= 3 for source, count in held.items() if source not in ARTICLES) >= 40


def test_every_claim_of_the_articles_links_to_primary_claims() -> None:
    for one in library():
        if one.source in ARTICLES:
            assert one.claims, f"{one.id} says no primary claim behind its verdict"
            assert all(passage(id).source not in ARTICLES for id in one.claims)


def test_a_primary_claim_names_its_place_and_is_found_by_its_source(tmp_path: Path) -> None:
    one = read(primary_folder(tmp_path))[0]
    assert (one.kind, one.place["fr"], one.title["en"], one.keywords["fr"]) == ("primary", "résumé", "Epoch AI", "Epoch AI, Cottier")
    assert (one.verdict, one.note, one.primary, one.asks["fr"]) == (None, None, (), ("Que devient la chaleur ?",))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [("where", "left out", "is missing"), ("asks", {"fr": []}, "is missing"), ("asks", {"fr": [2], "en": []}, "something else than text")],
)
def test_an_incomplete_primary_claim_is_refused(tmp_path: Path, column: str, value: Any, reason: str) -> None:
    with pytest.raises(DataFault, match=reason):
        read(primary_folder(tmp_path, **{column: value}))


def test_a_link_to_a_claim_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFault, match="no passage is called p9"):
        read(folder(tmp_path, claims=["p9"]))


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
