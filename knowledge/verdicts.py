"""Is the article right? Its claim, our verdict on it, and what the primary sources say, in this order."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from aitoll.knowledge.found import of_library
from aitoll.knowledge.lexical import fold
from aitoll.knowledge.library import library, passage
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.knowledge.found import Found
    from aitoll.knowledge.library import Passage

ARTICLES = ("article", "faq")
NEAR = 0.25  # how far behind the best one a claim still is, if it can be judged
UNFIT = 0.49  # the score of what just does not fit
STEP = 1e-4  # of score, so that the order stays
# Folded: who said it, and whether that holds.
SAID = deferred(r"\b(?:articles?|faq|page de synthese|journalistes?|auteurs?|summary page|journalist|author|writer|piece)\b")
HOLDS = deferred(
    r"\b(?:raison|tort|vrai|vraie|exact|exacte|correct|correcte|juste|trompe\w*|faux|fausse|erreurs?|fiables?|dit vrai"
    r"|right|wrong|true|false|accurate|accurately|mistaken|mistakes?|errors?|errs?|reliable|misleading)\b"
)


def asks_of_article(question: str) -> bool:
    """Whether it asks if what the articles say is right."""
    said = fold(question)
    return bool(SAID.search(said) and HOLDS.search(said))


@cache
def _behind() -> dict[str, tuple[Passage, ...]]:
    """Primary claim → the articles' claims that it confirms, corrects or dates."""
    found: dict[str, list[Passage]] = {}
    for one in library():
        for id in one.claims:
            found.setdefault(id, []).append(one)
    return {id: tuple(ones) for id, ones in found.items()}


def claims_behind(id: str, topic: str) -> tuple[Passage, ...]:
    """The articles' claims that this primary claim confirms, corrects or dates, else those on its topic that were judged."""
    return _behind().get(id, ()) or tuple(one for one in library() if one.topic == topic and one.kind in ARTICLES and one.verdict)


def judged(found: list[Found], language: str) -> list[Found]:
    """The article's claim that fits best, then the primary claims behind its verdict; the rest no longer fits, for it is not asked.

    Where no claim of the article fits best, as found.
    """
    claim = _best_claim(found)
    if claim is None:
        return found
    score = found[0].score
    behind = (replace(of_library(passage(id), language, score - order * STEP), topic=id) for order, id in enumerate(claim.claims, 1))
    answer = [of_library(claim, language, score), *behind]
    given = {one.id for one in answer}
    return answer + [replace(one, score=min(one.score, UNFIT)) for one in found if one.id not in given]


def _best_claim(found: list[Found]) -> Passage | None:
    """Of the articles' claims that were found among the best, or that the primary claims found stand behind, the first with a verdict."""
    ours = {one.id for one in found if one.kind in ARTICLES}
    if not found or not (found[0].id in ours or found[0].id in _behind()):
        return None
    near: list[Passage] = []
    for one in found:
        if one.score >= found[0].score - NEAR:
            linked = _behind().get(one.id, ())
            near += [passage(one.id)] if one.id in ours else [*(claim for claim in linked if claim.id in ours), *linked][:1]
    return next((claim for claim in near if claim.verdict not in (None, "opinion")), near[0])
