"""What the library and the user's documents say to a question: the passages that fit, if it is on our subject."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from aitoll.agent.answer import Language, Step
from aitoll.agent.ledger import Evidence
from aitoll.agent.progress import tell
from aitoll.agent.rules.fold import fold
from aitoll.agent.rules.topics import alike, of_named_source
from aitoll.agent.rules.vocabulary import text_speak
from aitoll.agent.told import partly
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.knowledge.found import Found

FAINT = 0.33  # a passage below `FITS` is quoted, alone, where it has a word of the question
FITS = 0.5  # score at which a passage is as likely to fit as not
LIKELY = 0.9  # reached by 942 of 1,000 questions about the library's facts, and by 76 of 1,000 off the subject
SURE = 0.955  # above all that a question off the subject has reached: 0.948 over 158 of them
BEHIND = 12  # how many times lower than the best one's the odds of a passage may be that is still quoted
WORD = deferred(r"(?<![\w'’])[A-Za-z]\w*(?![\w'’])")
LAST = 4  # the same for a third passage
PART = deferred(r"[^.:!?;\n]*\w[^.:!?;\n]*\??")
ARTICLES = ("article", "faq")
OF_ONE = 2  # quoted of a source that is named
PASSAGES = 3  # quoted in an answer from the library alone


class Doubt(NamedTuple):
    """What a question must reach before the library is quoted, by how much its own words say that it is ours."""

    subject: float  # how likely it is on our subject
    score: float  # what its best passage has, where the subject cannot be told


NONE = Doubt(0.0, FITS)
OURS = Doubt(0.05, FITS)  # its words are of our subject
MAYBE = Doubt(0.33, LIKELY)  # they are, but tell little of what is asked
FOREIGN = Doubt(0.6, LIKELY)  # none is; of 400 questions off the subject 22 reach it
UNTOLD = 0.75  # how likely a question of which nothing fits must be ours, to be said to be
COMPUTED = 0.8  # how likely our subject must be, where no word is of it, for what is stated to be computed; 7 of those 400
ONLY_DOCUMENTS = Doubt(2.0, 2.0)  # the user's own may be on any subject


class Quotes(NamedTuple):
    """The passages that fit, best first, one a topic, and how likely the question is on our subject: 0 where that cannot be told."""

    passages: list[Evidence]
    subject: float = 0.0


def library_search(query: str, language: Language, steps: list[Step], warnings: list[str] | None = None) -> list[Evidence]:
    """The passages that fit, whatever the question is about."""
    return quotes(query, language, steps, NONE, warnings).passages


def quotes(
    query: str, language: Language, steps: list[Step], doubt: Doubt, warnings: list[str] | None = None, limit: int = PASSAGES
) -> Quotes:
    """Of the library none where the question seems to be on another subject.

    What kept the search from being whole is added to `warnings`.
    """
    tell("search")
    started = time.perf_counter()
    asked, found, missed = _looked_up(query, language, limit)
    if warnings is not None:
        warnings += [warning for warning in partly(missed, language) if warning not in warnings]
    steps.append(Step(tool="search", arguments={"query": query}, elapsed_ms=round((time.perf_counter() - started) * 1e3, 3)))
    told, named = _told(asked, found), _of_named_source(query, language, found)
    least = _least(told, doubt)
    if least is None:
        found = [one for one in found if one.kind == "user" and one.score >= SURE]
    best = found[0].score if found else 0.0
    if least is not None and best < least:
        faint = [_quoted(one) for one in found[:1] if least == FITS and one.score >= FAINT and alike(query, one.passage)]
        return Quotes(named or faint, told or 0.0)
    near = [one for one in found if one.score >= FITS and _odds(one.score) * BEHIND >= _odds(best)]
    fits = [_quoted(one) for i, one in enumerate(near) if i == 0 or alike(query, one.passage)]
    close = {one.id for one in near if _odds(one.score) * LAST >= _odds(best)}
    chosen = distinct([*named, *fits], limit)
    return Quotes(_with_article([one for i, one in enumerate(chosen) if i < OF_ONE or one.id in close], fits, language), told or 0.0)


def _of_named_source(query: str, language: Language, found: list[Found]) -> list[Evidence]:
    """What a source that is named says, best first."""
    from aitoll.agent.ledger import evidence
    from aitoll.knowledge.library import passage

    ids = of_named_source(fold(query))
    held = [_quoted(one) for one in found if one.id in ids]
    return (held or [evidence(passage(id), language) for id in ids])[:OF_ONE]


def typed_out(query: str, language: Language) -> str:
    """ "y is ai so dear": the words that a phone makes short, whole."""
    short = text_speak(language)
    return WORD.sub(lambda match: short.get(match[0].lower(), match[0]), query)


def _looked_up(query: str, language: Language, limit: int) -> tuple[str, list[Found], list[Any]]:
    """The passages for the query, or for what is asked in it alone where that finds better ones."""
    from aitoll.knowledge.store import look_up

    query = typed_out(query, language)
    asked, searched = query, look_up(query, language=language, limit=limit * 5)
    for question in asked_alone(query):
        alone = look_up(question, language=language, limit=limit * 5)
        if alone.found and (not searched.found or alone.found[0].score > searched.found[0].score):
            asked, searched = question, alone
    return asked, searched.found, searched.missed


def is_surely_ours(reading: Reading) -> bool:
    """Whether what is stated may be computed though no word is of our subject."""
    from aitoll.knowledge.store import look_up

    told = _told(reading.question, look_up(reading.question, language=reading.language, limit=PASSAGES).found)
    return told is not None and told >= COMPUTED


def _told(asked: str, found: list[Found]) -> float | None:
    """How likely the question is on our subject."""
    from aitoll.knowledge.subject import likely

    return likely(asked, max((one.score for one in found if one.kind != "user"), default=0.0))


def _least(told: float | None, doubt: Doubt) -> float | None:
    """The score that the best passage needs; None where the question is too likely on another subject."""
    if told is None:
        return doubt.score if doubt.score <= 1 else None
    return FITS if told >= doubt.subject else None


def _odds(score: float) -> float:
    return score / max(1 - score, 1e-9)


def asked_alone(query: str) -> list[str]:
    """The question itself, where something is said around it: "I am a student of law: what did the order say?"."""
    parts = [match[0].strip() for match in PART.finditer(query)]
    asked = [part for part in parts if part.endswith("?") and len(part.split()) > 3]
    return asked[-1:] if len(parts) > 1 else []


def distinct(found: list[Evidence], most: int) -> list[Evidence]:
    """One passage a topic: the articles and the FAQ say the same thing several times."""
    kept: dict[str, Evidence] = {}
    for one in found:
        kept.setdefault(one.topic or one.id, one)
    return list(kept.values())[:most]


def _claim_behind(chosen: list[Evidence], language: Language) -> Evidence | None:
    """What the articles say of the very thing that the best passage, of a primary source, confirms or corrects."""
    from aitoll.agent.ledger import evidence
    from aitoll.knowledge.verdicts import claims_behind

    claims = claims_behind(chosen[0].id, chosen[0].topic) if chosen else ()
    return evidence(claims[0], language) if claims else None


def _with_article(chosen: list[Evidence], fits: list[Evidence], language: Language) -> list[Evidence]:
    """What the articles and the FAQ say of it stands beside the best passage, with what a primary source holds against it."""
    if any(one.kind in ARTICLES for one in chosen):
        return chosen
    article = next((one for one in fits if one.kind in ARTICLES), None) or _claim_behind(chosen, language)
    beside = [replace(article, topic="")] if article else []  # it stays, though the best passage is of its topic
    return [*chosen[:1], *beside, *chosen[1 : PASSAGES - 1]] if beside else chosen


def _quoted(found: Found) -> Evidence:
    return Evidence(
        found.id,
        found.source,
        found.kind,
        found.title,
        found.place,
        found.passage,
        found.verdict,
        found.note or "",
        tuple(found.primary),
        found.topic or "",
    )


def by_words_only() -> bool:
    """Whether the embedding model cannot run here, so that a search knows no meaning."""
    from aitoll.knowledge.store import store

    embedder = store().embedder
    return embedder is None or embedder.fingerprint.startswith("stems")
