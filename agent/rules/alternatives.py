"""Two runs set against each other in one question: "100 H100s for 10 days at $3 or 200 A100s for 12 days at $1.20"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import DIMENSIONS
from aitoll.agent.rules.reading import read
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.agent.rules.planning import Plan
    from aitoll.agent.rules.reading import Reading

SPLIT = deferred(
    r"\s*[,;:]?\s*(?<![a-z])(?:ou(?: bien)?|or|vs\.?|versus|contre|against|et l'autre|and the other|the other|et|and)(?![a-z])\s*"
)
COMPARED = deferred(r"\s*[,;:]?\s*(?<![a-z])(?:with|to|and|vs\.?|versus|against|avec|a|et|contre)(?![a-z])\s*")
LONGEST = 500  # letters of a question that sets two runs against each other
MOST = 4  # ways of taking it apart that are tried
LEAD = deferred(r"(?:(?:at|a|of|de|d'|with|avec|in|en|au|for|pour|pendant)\s)+$")


@dataclass(frozen=True)
class Piece:
    """A quantity or a name of the question, and what makes it the counterpart of another."""

    kind: tuple[str, str]
    start: int
    end: int


def set_against(made: Plan, reading: Reading) -> Plan:
    """The same plan; or the calls of both sides, each saying what it is the figure of, where two numbers were given for one thing."""
    left = reading.has("compare") and any(name == "not_used" for name, _ in made.remarks)
    if not left and (made.kind == "calls" or not (made.slots.twice or reading.has("compare", "cleaner"))):
        return made
    return (_both(reading, made.metrics) if len(reading.folded) <= LONGEST else None) or made


def _both(reading: Reading, metrics: list[str]) -> Plan | None:
    from aitoll.agent.rules.planning import plan

    for left, right, names in islice(_sides(reading), MOST):
        plans = [plan(replace(read(text, lambda: reading.language), language=reading.language), alone=True) for text in (left, right)]
        if all(made.kind == "calls" and set(made.metrics) >= {*metrics} for made in plans):
            calls = [replace(call, subject=name) for made, name in zip(plans, names, strict=True) for call in made.calls]
            return replace(plans[0], calls=calls, query=reading.question, facts=False)
    return None


def _sides(reading: Reading) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """The question with the one side and with the other in its place, and how each side is said."""
    question, pieces = reading.question, _pieces(reading)
    split = COMPARED if reading.folded.startswith("compar") else SPLIT
    for match in split.finditer(reading.folded):
        one = [piece for piece in pieces if piece.end <= match.start()]
        other = [piece for piece in pieces if piece.start >= match.end()]
        if not other or not any(piece.kind[0] == "quantity" for piece in other):
            continue
        replaced = [next((own for own in reversed(one) if own.kind == piece.kind), None) for piece in other]
        if None in replaced:
            continue
        first = min(piece.start for piece in replaced if piece)
        lead = LEAD.search(reading.folded[:first])
        first, last = lead.start() if lead else first, max(piece.end for piece in other)
        tail = question[last:]
        left, right = question[: match.start()] + tail, question[:first] + question[match.end() : last] + tail
        kept = sorted((piece.start, piece.end) for piece in replaced if piece)
        if any(first <= piece.start < kept[-1][1] and (piece.start, piece.end) not in kept for piece in one):
            continue  # something between them has no counterpart
        yield left, right, (_said(question[first : match.start()]), _said(question[match.end() : last]))


def _pieces(reading: Reading) -> list[Piece]:
    found = [Piece(("quantity", f"{DIMENSIONS.get(one.unit, one.unit)}/{one.per}"), one.start, one.end) for one in reading.quantities]
    return sorted([*found, *(Piece(("name", one.table), one.start, one.end) for one in reading.names)], key=lambda piece: piece.start)


def _said(text: str) -> str:
    return text.strip(" ,;:.?")
