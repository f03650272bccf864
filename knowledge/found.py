"""What a search gives, what it is made from, and what the store says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aitoll.tools.sources import source

if TYPE_CHECKING:
    from aitoll.knowledge.library import Passage
    from aitoll.tools.errors import StoreFault

About = dict[str, str | int | float | bool]  # metadata of a row


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a collection; the vector or the cosine to the question where it was asked for."""

    id: str
    text: str
    about: About
    cosine: float = 0.0
    vector: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, where it stands, how well it fits, and what is known about its claim."""

    id: str
    source: str  # id in the bibliography, or the path of the user's file
    kind: str  # article, faq, primary, data, user
    title: str
    place: str
    passage: str  # our wording in `language`; of a user's document its own words
    score: float  # 0..1; 0.5 is as likely to fit as not
    language: str
    verdict: str | None
    note: str | None
    primary: tuple[tuple[str, str], ...]  # (source id, where in it)
    topic: str  # passages of one topic say the same
    within: str  # library or user


@dataclass(slots=True)
class Searched:
    """What a search found, and what it could not search, or only by words."""

    found: list[Found] = field(default_factory=list)
    missed: list[StoreFault] = field(default_factory=list)


def of_library(passage: Passage, language: str, score: float) -> Found:
    return Found(
        id=passage.id,
        source=passage.source,
        kind=passage.kind,
        title=source(passage.source).title,
        place=passage.place[language],
        passage=passage.text[language],
        score=score,
        language=language,
        verdict=passage.verdict,
        note=passage.note[language] if passage.note else None,
        primary=passage.primary,
        topic=passage.topic,
        within="library",
    )


def of_document(row: Row, score: float) -> Found:
    about = {name: str(value) for name, value in row.about.items()}
    return Found(
        id=row.id,
        source=about["path"],
        kind="user",
        title=about["title"],
        place=about["place"],
        passage=row.text,
        score=score,
        language=about["language"],
        verdict=None,
        note=None,
        primary=(),
        topic=row.id,
        within="user",
    )


@dataclass(frozen=True, slots=True)
class State:
    model: str
    reason: str  # why that one
    home: str
    library: int  # passages
    documents: list[About]  # one a file: path, title, passages, added, notes; `whole` is false where an addition was cut short
    foreign: bool  # documents wait for `rebuild`, because another model has embedded them
