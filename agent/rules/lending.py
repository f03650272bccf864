"""A number whose unit stands elsewhere: "from 400 to 60 g/kWh", "$3 and $15 per million", "GPUs: 512"."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from aitoll.agent.rules.vocabulary import unit_names, unit_pattern
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity

_TO = deferred(r"\s?(?:->|→|(?:down |up )?to|a|vers|puis|then|jusqu'a|et|and)\s?")
_FROM = deferred(r"\b(?:from|de|d'|between|entre)\s$")
_AND = deferred(r"(?:\s(?:in|input|out|output|en entree|en sortie))?\s?(?:/|et|and|,|puis|then|ou|or)\s?(?:de |a |at )?")
_LABEL = deferred(r"(?:^|[\s(,;])(?P<word>[a-z\ue001][a-z\ue001 -]{0,20}?)s? ?(?:=|:) ?$")
LABELLED = ("GPU", "GPU-hour", "hour", "day", "week", "month", "year", "token", "param", "question", "person")
_NAMED = deferred(r"\b(?:pue|wue|ewif|mfu)\b[^,;.]*$")
FARTHEST = 60  # times as much as the end of a fall its beginning may be
LEAST_LABEL = 3  # letters: "D=54B" are no days
LINK = 12  # letters of "down to" and spaces
NEVER_LENT = ("%", "times")


def lent(folded: str, found: list[Quantity]) -> list[Quantity]:
    """The same quantities, each with the unit that it borrows."""
    kept = [_labelled(folded, quantity) if not quantity.unit else quantity for quantity in found]
    for place, (first, second) in enumerate(pairwise(kept)):
        between = folded[first.end : second.start]
        if _is_fall(folded, first, second, between):
            kept[place] = replace(first.times(second.factor if not first.scaled else 1.0, second.unit), per=second.per)
        elif first.unit == second.unit in ("USD", "EUR") and _takes(first, second) and _AND.fullmatch(between):
            kept[place] = replace(first, per=second.per)
    return kept


def _takes(own: Quantity, other: Quantity) -> bool:
    """Whether a price is of what the next one is of: "3 $ et 15 $ le million", even after "par document,"."""
    near = other.low and other.low / ALIKE < own.low < other.low * ALIKE
    return bool(near and other.per) and (not own.per or (own.per == "question" and other.per in ("Mtoken", "token")))


ALIKE = 50  # times as much as the other one of two prices may be


def _is_fall(folded: str, first: Quantity, second: Quantity, between: str) -> bool:
    """ "From 400 to 60 g/kWh": no range, which would rise."""
    bare = not first.unit and not first.is_range and not second.is_range and second.unit and second.unit not in NEVER_LENT
    if not bare or len(between) > LINK or not _TO.fullmatch(between):
        return False
    named = _NAMED.search(folded, max(0, first.start - 24), first.start)
    if named or not _FROM.search(folded, max(0, first.start - 12), first.start):
        return False
    high = first.low * (second.factor if not first.scaled else 1.0)
    return second.low < high < FARTHEST * second.low


def _labelled(folded: str, quantity: Quantity) -> Quantity:
    """ "GPUs: 512, days: 30": the unit before a colon."""
    marked = ":" in folded or "=" in folded
    label = _LABEL.search(folded, max(0, quantity.start - 26), quantity.start) if marked else None
    if label is None:
        return quantity
    words = label["word"].split(" ")
    for count in range(min(2, len(words)), 0, -1):
        word = " ".join(words[-count:])
        if len(word) < LEAST_LABEL:
            continue
        match = unit_pattern().match(f"{word} ")
        unit = unit_names()[match.lastindex - 1] if match and match.lastindex and match.end() == len(word) else ""
        if unit in LABELLED:
            return replace(quantity, unit=unit)
    return quantity
