"""Two numbers that are one quantity: "30 to 40 k$", "entre 20 et 50", "±10 %", "two dollars and fifty cents"."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity

_BETWEEN = deferred(r"(?:\s?(?:-|to|a|et|and|ou|or|jusqu'a|up to)\s?|\s?-\s?)(?:\$|€|usd |eur )?\s?")
_PLUS_MINUS = deferred(
    r"\s?(?:±|\+/-|\+-|plus or minus|plus ou moins|a plus ou moins)\s?(?P<width>\d+(?:[.,]\d+)?)\s?(?P<percent>%|pour ?cent|percent)?"
)


def ranges(folded: str, single: list[Quantity]) -> list[Quantity]:
    found: list[Quantity] = []
    for quantity in single:
        last = found[-1] if found else None
        if last is not None and quantity.start < last.end:
            continue
        joined = (_added(folded, last, quantity) or _joined(folded, last, quantity)) if last is not None else None
        if joined:
            found[-1] = joined
        else:
            found.append(quantity)
    return found


def _added(folded: str, whole: Quantity, cents: Quantity) -> Quantity | None:
    """ "Two dollars and fifty cents"."""
    linked = folded[whole.end : cents.start] in (" and ", " ", " et ")
    spoken = folded[cents.start : cents.end].strip()
    if linked and whole.unit in ("USD", "EUR") and not whole.per and not cents.unit and spoken.isalpha() and 1 <= cents.low < 100:
        return replace(cents, low=whole.low + cents.low / 100, high=whole.low + cents.low / 100, unit=whole.unit, start=whole.start,
                       readings=(whole.low + cents.low / 100,))  # fmt: skip
    money = whole.unit == cents.unit and whole.unit in ("USD", "EUR") and not whole.per and whole.low >= 1 > cents.low > 0
    if not (linked and money and folded[cents.start : cents.end].rstrip().find("cent") > 0):
        return None
    value = whole.low + cents.low
    return replace(cents, low=value, high=value, start=whole.start, readings=(value,))


def _joined(folded: str, low: Quantity, high: Quantity) -> Quantity | None:
    """ "30 à 40 k$", "between $0.9 and $1.2 billion", "20 to 50 questions": the second lends its unit and scale to the first."""
    between = folded[low.end : high.start]
    link = _BETWEEN.fullmatch(between)
    if not link or low.is_range or low.value < 0 or (low.per and low.per != high.per):
        return None
    word = between.strip(" $€")
    start = folded[max(0, low.start - 9) : low.start]
    opened = re.search(r"(?:between|entre|from|de|d'|range of)\s$", start)
    if word in ("et", "and", "ou", "or") and not (opened and opened[0].strip() in ("between", "entre")):
        return None
    if low.unit and low.unit != high.unit:
        return None
    if word in ("a", "to", "") and _is_year(low) and _is_year(high):
        return None
    bottom = low.low
    if not low.scaled and high.scaled and bottom * high.factor <= high.low:
        bottom *= high.factor
    if not 0 < bottom < high.low:
        return None
    if not low.unit and high.unit and (high.low > 60 * bottom or _NAMED.search(folded, max(0, low.start - 24), low.start)):
        return None
    begin = opened.start() + max(0, low.start - 9) if opened else low.start
    other = (low.readings[1], high.readings[1]) if len(low.readings) > 1 and len(high.readings) > 1 else None
    return replace(high, low=bottom, high=high.low, start=begin, readings=((bottom + high.low) / 2,), second=other)


_NAMED = deferred(r"([pw]ue|mfu|ewif|utili[sz]ation) ?([=:]|de|of|d'|is|a|(set )?at|est de|(egale?|fixe) a|(equal|set) to|vaut)? ?$")


def _is_year(quantity: Quantity) -> bool:
    return not quantity.unit and 1990 <= quantity.low <= 2100


def spread(folded: str, quantity: Quantity) -> Quantity:
    match = _PLUS_MINUS.match(folded, quantity.end)
    if not match or quantity.is_range:
        return quantity
    width = float(match["width"].replace(",", "."))
    reach = abs(quantity.low) * width / 100 if match["percent"] else width
    return replace(quantity, low=quantity.low - reach, high=quantity.low + reach, end=match.end())
