"""How many questions are asked in all: so many people, so many questions each, so often, over so long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aitoll.agent.rules.adjusting import kept
from aitoll.agent.rules.measures import PERIODS
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0, "month": 730.5, "year": 8766.0}
_IN_ALL = deferred(r"\b(?:in total|altogether|in all|combined|together|all told|au total|en tout|a eux tous|tous ensemble)\b")


def count_all(slots: Slots, reading: Reading) -> None:
    """Multiply the questions by the people who ask them and by how often they do in the period that is asked about."""
    _tokens(slots, reading)
    _questions(slots, reading)
    _of_each(slots)


def _questions(slots: Slots, reading: Reading) -> None:
    asked = [quantity for quantity in kept(reading) if quantity.unit == "question"] or _counted_so_often(slots, reading)
    asked = _nested(slots, asked)
    if len(asked) != 1 or "questions" not in slots.numbers or "per_questions" in slots.numbers:
        return
    per = _period(reading, asked[0]) or next((name for name, pattern in _SAID_FIRST if pattern.search(reading.folded)), "")
    people = _people(slots, reading)
    if per in HOURS and not asked[0].is_range:
        slots.numbers |= {"counted": asked[0].low * people, "counted_hours": HOURS[per]}
    factor = _times_asked(reading, per, asked[0].start, asked[0].end) * people
    period = any(quantity.low == 1 and quantity.unit in HOURS for quantity in reading.quantities)
    if (per in HOURS or period) and not (slots.chips or "gpus" in slots.numbers):
        slots.numbers.pop("hours", None)  # over which they are counted
        slots.twice = [name for name in slots.twice if name != "hours"]
    if factor != 1.0:
        slots.spent |= {quantity.low for quantity in reading.quantities if quantity.unit in (*HOURS, "question")}
        said = slots.numbers["questions"]
        slots.numbers["questions"] = Range(said.low * factor, said.high * factor) if isinstance(said, Range) else said * factor


def _nested(slots: Slots, asked: list[Quantity]) -> list[Quantity]:
    """ "12 messages per conversation, 100,000 conversations": the messages of all of them."""
    inner = [one for one in asked if one.per == "question"]
    outer = [one for one in asked if one.per != "question"]
    if len(inner) != 1 or len(outer) != 1 or inner[0].is_range or outer[0].is_range:
        return asked
    slots.numbers["questions"] = inner[0].low * outer[0].low
    slots.twice = [name for name in slots.twice if name != "questions"]
    slots.spent |= {inner[0].low, outer[0].low}
    return [outer[0].times(inner[0].low, "question")]


def _period(reading: Reading, asked: Quantity) -> str:
    """What so many are asked in: "a day", "monthly", "per user per day"."""
    if asked.per and asked.per != "person":
        return asked.per
    adverb = _ADVERB.match(reading.folded, asked.end)
    if adverb:
        return next(name for name, value in _OFTEN if value == adverb.lastindex)
    match = _SO_OFTEN.match(reading.folded, asked.end)
    return _PERIOD[match[1]] if match else ""


_ADVERB = deferred(
    r"\s?(?:(daily|quotidien\w*|journalier\w*)|(weekly|hebdomadaire\w*)|(monthly|mensuel\w*)|(yearly|annual\w*|annuel\w*))(?![a-z])"
)
_OFTEN = (("day", 1), ("week", 2), ("month", 3), ("year", 4))
_SO_OFTEN = deferred(r"\s?(?:/|per |a |par |each |every |chaque |de )(day|jour|hour|heure|month|mois|week|semaine)s?(?![a-z])")
_PERIOD = {"day": "day", "jour": "day", "hour": "hour", "heure": "hour", "month": "month", "mois": "month"} | {
    "week": "week",
    "semaine": "week",
}
_SAID_FIRST = (
    ("day", deferred(r"^(?:chaque jour|each day|every day|daily|tous les jours)")),
    ("month", deferred(r"^(?:chaque mois|each month|every month)")),
)
OF_ONE = {"energy_per_question", "water_per_question", "carbon_per_question", "cost_per_question", "energy_per_token"}


_OF_THEM = deferred(r" (?:of (?:them|those|these)|d'entre (?:eux|elles)|such)(?![a-z])")


def _counted_so_often(slots: Slots, reading: Reading) -> list[Quantity]:
    """ "A request takes 0.3 Wh, and we get 5 million a day": a number of nothing, so often, beside what one question takes."""
    if "questions" in slots.numbers or "growth" in slots.numbers:
        return []
    of_one = bool(OF_ONE & slots.numbers.keys())
    for quantity in reading.quantities:
        match = _SO_OFTEN.match(reading.folded, quantity.end)
        counted = quantity.unit == "times" or (of_one and not quantity.unit)
        if of_one and not quantity.unit and quantity.low in slots.bare and _OF_THEM.match(reading.folded, quantity.end):
            slots.bare.remove(quantity.low)
            slots.numbers["questions"] = quantity.low  # "a prompt takes 0.26 mL; a billion of them"
            return [replace(quantity, unit="question")]
        if match and counted and not quantity.is_range and quantity.low in slots.bare:
            slots.bare.remove(quantity.low)
            slots.numbers["questions"] = quantity.low
            slots.spent.add(quantity.low)
            return [replace(quantity, unit="question", per=_PERIOD[match[1]], end=match.end())]
    return []


def _tokens(slots: Slots, reading: Reading) -> None:
    """ "3M tokens a day for 30 days": those of the whole time."""
    for quantity in reading.quantities:
        if quantity.unit != "token" or quantity.per not in HOURS:
            continue
        factor = _times_asked(reading, quantity.per, quantity.start, quantity.end) * _people(slots, reading)
        for name in ("tokens", "input_tokens", "output_tokens"):
            if factor != 1.0 and slots.numbers.get(name) == quantity.low:
                slots.numbers[name] = quantity.low * factor
                slots.spent |= {quantity.low, *(one.low for one in reading.quantities if one.unit in HOURS)}
                slots.numbers.pop("hours", None)


#: quantity of all → that of one question, where it is no more than one question may have, and many are asked about
SMALL = {
    "energy_kwh": ("energy_per_question", 1.0, 0.05),
    "carbon_t": ("carbon_per_question", 1e6, 5e-5),
    "water_l": ("water_per_question", 1.0, 0.1),
}
MANY = 1000


def _of_each(slots: Slots) -> None:
    """ "25,000 prompts at 0.3 Wh": a quantity too small for all of them is that of one."""
    count = slots.numbers.get("questions", 0.0)
    if isinstance(count, Range) or count < MANY or "per_questions" in slots.numbers:
        return
    for name, (of_one, factor, most) in SMALL.items():
        value = slots.numbers.get(name)
        if isinstance(value, float) and 0 < value <= most and of_one not in slots.numbers:
            slots.numbers[of_one] = value * factor
            del slots.numbers[name]
            slots.twice = [one for one in slots.twice if one != name]


def _times_asked(reading: Reading, per: str, start: int, end: int) -> float:
    """How many of the quantity's own periods there are in the longer one that the question names."""
    if per not in HOURS:
        return 1.0
    rest = reading.folded[:start] + " " * (end - start) + reading.folded[end:]
    longer = [hours / HOURS[per] for pattern, hours in PERIODS if hours > HOURS[per] and pattern.search(rest)]
    spans = [
        quantity.low * HOURS[quantity.unit] / HOURS[per]
        for quantity in reading.quantities
        if quantity.unit in HOURS and not quantity.per and not quantity.is_range and not start <= quantity.start < end
    ]
    return next(iter([*spans, *longer]), 1.0)


def _people(slots: Slots, reading: Reading) -> float:
    """How many people ask so many questions each."""
    found = slots.numbers.get("people", 1.0)
    if isinstance(found, Range) or found <= 0 or _IN_ALL.search(reading.folded):
        return 1.0
    slots.spent.add(found)
    return found
