"""What the numbers and sums of a follow-up are beside those of before: more of them, of one question, the same price again."""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.counting import SMALL
from aitoll.agent.rules.measures import PERIODS, highest, scaled
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

RATES = ("grid_g_per_kwh", "pue", "wue", "ewif", "growth", "divisor", "mfu", "power_kw", "energy_per_question", "water_per_question")
SUMS = ("price", "unit_price", "electricity_price", "carbon_price", "cost_per_question")
CLOSE = log(4)  # a bare number is a count, unless it is near a sum of before and near no count
AT = deferred(r"\b(?:at|a|price|prix|costs?|coute\w*)\b")


_ADDED = deferred(r"\b(?:add|plus|ajout\w+|rajout\w+|extend(?: it)? by|prolong\w* de)\s(?:(?:another|encore|an extra)\s)?$")
_MORE = deferred(r"\s?(?:more|extra|additional|de plus|en plus|supplementaires?)(?![a-z])(?! (?:than|que))")


def added(new: Slots, old: Slots, reading: Reading) -> None:
    """ "Add 4 days", "20 more GPUs": what is said now comes on top of what was said before."""
    for quantity in reading.quantities:
        if quantity.unit in ("%", "times") or quantity.is_range:
            continue
        if not (_ADDED.search(reading.folded[: quantity.start][-30:]) or _MORE.match(reading.folded, quantity.end)):
            continue
        for name, value in new.numbers.items():
            before = old.numbers.get(name)
            if isinstance(before, float) and isinstance(value, float) and name not in RATES:
                new.spent.add(quantity.low)
                new.numbers[name] = before + value
        return


def of_its_kind(new: Slots, old: Slots, reading: Reading) -> None:
    """What is said now under the name that it had before: of one question, or of the machines; questions over another time."""
    for name, (of_one, factor, most) in SMALL.items():
        value = new.numbers.get(name)
        if isinstance(value, float) and value <= most and of_one in old.numbers:
            new.numbers[of_one] = new.numbers.pop(name) * factor  # type: ignore[operator]
    if "energy_kwh" in new.numbers and "it_energy_kwh" in old.numbers:
        new.numbers["it_energy_kwh"] = new.numbers.pop("energy_kwh")
    named = next((hours for pattern, hours in PERIODS if pattern.search(reading.folded)), None)
    counted, hours = old.numbers.get("counted"), new.numbers.get("hours", named)
    if isinstance(counted, float) and isinstance(hours, float) and "questions" not in new.numbers and "gpus" not in old.numbers:
        new.numbers["questions"] = counted * hours / highest(old.numbers["counted_hours"])
        new.spent.add(hours)
        new.numbers.pop("hours", None)


def put_money(numbers: dict[str, Any], money: list[Any], new: Slots, old: Slots, reading: Reading) -> None:
    """A lone sum put where it replaces the price of before that it is, and taken from the sums."""
    if len(money) != 1:
        return
    if side := _token_side(old, reading, money[0]):
        numbers[side] = scaled(money.pop(), 1e-6)
    elif not {*SUMS} & new.numbers.keys():
        place = _price_again(old, reading, money[0]) or ("" if old.money else _sum(numbers, money[0]))
        if place:
            numbers[place] = money.pop()


def _token_side(old: Slots, reading: Reading, value: Any) -> str:
    """ "At $8?" of tokens that had a price: of the side that is named, else of the one that is nearer."""
    sides = [name for name in ("input_price", "output_price") if name in old.numbers]
    said = [name for name in sides if any(word in reading.folded for word in (name.removesuffix("_price"), SIDE_WORDS[name]))]
    return min(said or sides, key=lambda name: apart(old.numbers[name], scaled(value, 1e-6)), default="")


SIDE_WORDS = {"input_price": "entree", "output_price": "sortie"}


def _price_again(old: Slots, reading: Reading, value: Any) -> str:
    """ "And at $25,000?" of a budget and a price: the one that is nearer, after a word for prices."""
    names = [name for name in SUMS if name in old.numbers and apart(old.numbers[name], value) < CLOSE]
    if not names or not old.money or not AT.search(reading.folded) or reading.has("budget_word"):
        return ""
    name = min(names, key=lambda name: apart(old.numbers[name], value))
    return name if apart(old.numbers[name], value) < min(apart(one, value) for one in old.money) else ""


def _sum(numbers: dict[str, Any], value: Any) -> str:
    """The price of before that a bare sum replaces."""
    return min((name for name in SUMS if name in numbers), key=lambda name: apart(numbers[name], value), default="")


def apart(one: Any, other: Any) -> float:
    first, second = ((end.low + end.high) / 2 if isinstance(end, Range) else end for end in (one, other))
    return abs(log(first) - log(second)) if 0 < first < inf and 0 < second < inf else inf
