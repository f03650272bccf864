"""How many questions are asked in all: so many people, so many questions each, so often, over so long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import PERIODS
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0, "month": 730.5, "year": 8766.0}
PEOPLE = deferred(
    r"(?<!\d)(\d[\d ,.]{0,30})\s?(?:k |000 )?(?:employees|staff|people|users|persons|customers|students|developers|engineers"
    r"|salaries|employes|personnes|utilisateurs|collaborateurs|clients|etudiants|developpeurs|ingenieurs)\b"
)


def count_all(slots: Slots, reading: Reading) -> None:
    """Multiply the questions by the people who ask them and by how often they do in the period that is asked about."""
    asked = [quantity for quantity in reading.quantities if quantity.unit == "question"] or _counted_so_often(slots, reading)
    if len(asked) != 1 or "questions" not in slots.numbers or "per_questions" in slots.numbers:
        return
    per = asked[0].per or next((name for name, pattern in _SAID_FIRST if pattern.search(reading.folded)), "")
    factor = _times_asked(reading, per, asked[0].start, asked[0].end) * _people(slots, reading)
    if per in HOURS and not slots.chips:
        slots.numbers.pop("hours", None)  # over which they are counted
    if factor != 1.0:
        slots.spent |= {quantity.low for quantity in reading.quantities if quantity.unit in (*HOURS, "question")}
        said = slots.numbers["questions"]
        slots.numbers["questions"] = Range(said.low * factor, said.high * factor) if isinstance(said, Range) else said * factor


_SO_OFTEN = deferred(r"\s?(?:/|per |a |par |each |every |chaque |de )(day|jour|hour|heure|month|mois|week|semaine)s?(?![a-z])")
_PERIOD = {"day": "day", "jour": "day", "hour": "hour", "heure": "hour", "month": "month", "mois": "month"} | {
    "week": "week",
    "semaine": "week",
}
_SAID_FIRST = (
    ("day", deferred(r"^(?:chaque jour|each day|every day|daily|tous les jours)")),
    ("month", deferred(r"^(?:chaque mois|each month|every month)")),
)
OF_ONE = {"energy_per_question", "water_per_question", "energy_per_token"}


def _counted_so_often(slots: Slots, reading: Reading) -> list[Quantity]:
    """ "A request takes 0.3 Wh, and we get 5 million a day": a number of nothing, so often, beside what one question takes."""
    if not OF_ONE & slots.numbers.keys() or "questions" in slots.numbers:
        return []
    for quantity in reading.quantities:
        match = _SO_OFTEN.match(reading.folded, quantity.end)
        if match and not quantity.unit and not quantity.is_range and quantity.low in slots.bare:
            slots.bare.remove(quantity.low)
            slots.numbers["questions"] = quantity.low
            slots.spent.add(quantity.low)
            return [replace(quantity, unit="question", per=_PERIOD[match[1]])]
    return []


def _times_asked(reading: Reading, per: str, start: int, end: int) -> float:
    """How many of the quantity's own periods there are in the longer one that the question names."""
    if per not in HOURS:
        return 1.0
    rest = reading.folded[:start] + " " * (end - start) + reading.folded[end:]
    longer = [hours / HOURS[per] for pattern, hours in PERIODS if hours > HOURS[per] and pattern.search(rest)]
    spans = [
        quantity.low * HOURS[quantity.unit] / HOURS[per]
        for quantity in reading.quantities
        if quantity.unit in HOURS and not quantity.per and not quantity.is_range
    ]
    return next(iter([*spans, *longer]), 1.0)


def _people(slots: Slots, reading: Reading) -> float:
    match = PEOPLE.search(reading.folded)
    if not match:
        return 1.0
    found = next(
        (quantity for quantity in reading.quantities if quantity.start <= match.start(1) < quantity.end and not quantity.unit), None
    )
    if found is None or found.low <= 0 or found.is_range:
        return 1.0
    slots.spent.add(found.low)
    slots.bare = [number for number in slots.bare if number != found.low]
    return found.low
