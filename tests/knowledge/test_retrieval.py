"""The search finds what it found when it was tuned; `python benchmarks/retrieval.py` compares it with the bare model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aitoll.knowledge.library import library
from aitoll.knowledge.store import search

ASKED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text("utf-8"))


def rank(question: str, language: str, topics: list[str]) -> int:
    order = list(dict.fromkeys(found.topic for found in search(question, language=language, limit=100, within="library")))
    return next((place for place, topic in enumerate(order, 1) if topic in topics), 10**9)


def test_every_question_has_a_topic_that_a_passage_holds() -> None:
    held = {one.topic for one in library()}
    assert {topic for language in ("fr", "en") for one in ASKED[language] for topic in one["topics"]} <= held


@pytest.mark.parametrize(("language", "first", "third"), [("fr", 0.80, 0.92), ("en", 0.85, 0.92)])
def test_the_right_passage_comes_early(language: str, first: float, third: float) -> None:
    ranks = [rank(one["q"], language, one["topics"]) for one in ASKED[language]]
    assert sum(place == 1 for place in ranks) / len(ranks) >= first
    assert sum(place <= 3 for place in ranks) / len(ranks) >= third


def test_a_score_of_a_half_tells_most_questions_on_the_subject_from_others() -> None:
    on = [search(one["q"], within="library")[0].score for language in ("fr", "en") for one in ASKED[language]]
    off = [search(one["q"], within="library")[0].score for one in ASKED["off_topic"]]
    assert sum(score >= 0.5 for score in on) / len(on) >= 0.9
    assert sum(score < 0.5 for score in off) / len(off) >= 0.7
