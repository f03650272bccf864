"""Revenue that must be made for the chips bought, and what is missing of it: which sum of a question is which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.choosing import Asked, Call
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading


def revenue_calls(asked: Asked) -> list[Call] | None:
    """Money near chips is what is sold, money near revenue what is earned, money that must be made what is needed."""
    if not (asked.reading.has("gap") or asked.forced == "revenue_gap") or not asked.slots.money:
        return None
    arguments: dict[str, Any] = {}
    for quantity in _sums(asked.reading):
        arguments.setdefault(_part(asked.reading, quantity, arguments), _amount(quantity))
    if "needed" in arguments and "revenue" not in arguments:
        arguments["chip_sales"] = arguments.pop("needed")  # "what revenue must follow from $90bn of chips?"
    asked.slots.spent |= {one.low for one in asked.reading.quantities if not one.unit}
    arguments.update({name: asked.slots.numbers[name] for name in ("margin",) if name in asked.slots.numbers})
    return (
        [Call("revenue_gap", arguments, currency=asked.slots.currency or "USD", figure=_wanted(asked.reading, arguments))]
        if arguments
        else None
    )


def _sums(reading: Reading) -> list[Quantity]:
    """Sums of a year or of nothing; a bare number beside billions is of billions: "must make 600 billion and makes only 140"."""
    sums = [one for one in reading.quantities if one.unit in ("USD", "EUR") and one.per in ("", "year")]
    factor = max((one.factor for one in sums), default=1.0)
    whole = [one for one in reading.quantities if not one.unit and not one.is_range and one.low >= 1]
    bare = [one for one in whole if not _FACTOR.search(reading.folded, max(0, one.start - 6), one.start)]
    lent = [one.times(1.0 if one.scaled else factor, "USD") for one in bare]
    return sorted([*sums, *lent], key=lambda one: one.start) if factor > 1 else sums


def _wanted(reading: Reading, arguments: dict[str, Any]) -> str:
    """What is missing, where what is made is told; what is needed alone, where only chips are."""
    if "revenue" in arguments:
        return "revenue_missing" if _MISSING.search(reading.folded) else ""
    return "" if _MISSING.search(reading.folded) else "revenue_needed"


_FACTOR = deferred(r"(?:times|fois|by|par|x|×)\s?$")
_MISSING = deferred(r"\bgap\b|missing|\bhole\b|shortfall|\bshort\b|\bleft\b|manqu|ecart|trou\b|deficit|reste")
_NEEDED = deferred(
    r"\b(?:need(?:s|ed)?|must|should|required?|requires?|ha(?:s|ve) to|necessary|has got to"
    r"|doit|doivent|devrait|devraient|faut|faudrait|necessaires?|requis)\b"
)
_PARTS = {
    "chip_sales": deferred(r"chip|puce|\bgpu|nvidia|\ue001|run-rate|accelerat"),
    "revenue": deferred(
        r"revenu|chiffre d'affaires|turnover|\bearn|gagn|\bmakes?\b|\bmade\b|\bbrings?\b|\bbooks?\b|rapport(?:e|ent)\b|n'en"
        r"|encaisse que|realis|collect|generat"
    ),
}


def _part(reading: Reading, quantity: Quantity, taken: dict[str, Any]) -> str:
    """By the words next to it in its own clause: what must be made, what is made, or chips."""
    others = [(one.start, one.end) for one in reading.quantities if one is not quantity]
    first = max((end for _, end in others if end <= quantity.start), default=0)
    last = min((start for start, _ in others if start >= quantity.end), default=len(reading.folded))
    before = re.split("[;?.]", reading.folded[max(first, quantity.start - 40) : quantity.start])[-1]
    following = re.split("[:;?.,]", reading.folded[quantity.end : min(last, quantity.end + 26)])[0]
    if _NEEDED.search(before) and "needed" not in taken:
        return "needed"
    found = [(len(before) - match.end(), name) for name, pattern in _PARTS.items() for match in pattern.finditer(before)] + [
        (match.start(), name) for name, pattern in _PARTS.items() for match in pattern.finditer(following)
    ]
    nearest = min(found)[1] if found else "revenue" if "needed" in taken else "chip_sales"
    return nearest if nearest not in taken else "revenue" if nearest == "chip_sales" else "chip_sales"


def _amount(quantity: Quantity) -> Any:
    return Range(quantity.low, quantity.high) if quantity.is_range else quantity.low
