"""The one bibliography: what each value and each passage rests on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from aitoll.tools.errors import DataFault
from aitoll.tools.facts import rows


@dataclass(frozen=True, slots=True)
class Source:
    id: str
    kind: str  # article, faq, primary, data, user
    title: str
    author: str
    publisher: str
    published: str
    url: str | None
    review_by: str
    licence: str


@cache
def source(id: str) -> Source:
    cells = rows("sources").get(id)
    if cells is None:
        raise DataFault(table="sources", row=id, column="id", reason="is cited but not in the bibliography")
    return Source(
        id,
        cells["kind"],
        cells["title"],
        cells["author"],
        cells["publisher"],
        cells["published"],
        cells["url"] or None,
        cells["review_by"],
        cells["licence"],
    )


def overdue(today: str) -> list[Source]:
    """Sources whose review date has passed; `today` is an ISO date."""
    return [found for found in map(source, rows("sources")) if found.review_by and found.review_by < today]
