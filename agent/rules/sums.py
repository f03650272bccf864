"""Sums of money: of an hour, a chip, a kilowatt-hour, a token, or of the whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import amount, highest
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

_PRICES = {
    "GPU-hour": "price",
    "hour": "price",
    "GPU": "unit_price",
    "kWh": "electricity_price",
    "MWh": "electricity_price",
    "EUR": "usd_per_eur",
    "Mtoken": "token_price",
    "token": "token_price",
    "tCO2e": "carbon_price",
    "question": "cost_per_question",
}


_OF_EACH = deferred(
    r"(?:(?:list|unit|catalogu?e|sticker|public|purchase) price|prix (?:unitaire|catalogue|public|de liste|d'achat unitaire)|price tag"
    r"|price (?:per|of each) (?:unit|card|chip)|cost per (?:unit|card|chip))(?: (?:of|is|at|de|est(?: de)?|a))?\s?[:=]?\s?$"
)


_OF_POWER = deferred(
    r"(?:electricity|power|electricite|courant|kwh)(?: (?:price|prix|cost|cout|rate|tarif))?"
    r"(?: (?:is|at|of|a|est|de|costs?|coute))* ?[:=]?\s?$"
)
MOST_OF_A_KWH = 2.0


def put_sum(found: Slots, reading: Reading, quantity: Quantity) -> None:
    name = _PRICES.get(quantity.per, "")
    if not quantity.per and found.numbers.keys() & {"input_price", "output_price"} and (way := _sided(reading, quantity)):
        quantity, name = quantity.times(1e-6, quantity.unit), f"{way}_price"  # of a million, as the price before it
    if not quantity.per and not name and _OF_EACH.search(reading.folded[max(0, quantity.start - 32) : quantity.start]):
        name = "unit_price"
    if (
        not quantity.per
        and not name
        and quantity.low < MOST_OF_A_KWH
        and _OF_POWER.search(reading.folded[max(0, quantity.start - 30) : quantity.start])
    ):
        name = "electricity_price"
    if name != "usd_per_eur":
        found.given_in = quantity.unit
    factor = {"MWh": 1e-3, "Mtoken": 1e-6}.get(quantity.per, 1.0)
    if name == "token_price":
        name = _token_price(found, reading, quantity)
    value = amount(quantity.times(factor, quantity.unit) if factor != 1.0 else quantity, "1", name)
    if name:
        found.put(name, value)
    elif not quantity.per or quantity.per in ("day", "month", "year"):
        found.money.append(value)


def _token_price(found: Slots, reading: Reading, quantity: Quantity) -> str:
    """Of tokens sent, received or cached: as it says itself, as the tokens right before it do, else the one that is still open."""
    if _CACHED.search(_just_before(reading, quantity)) or _CACHED.search(quantity.divided):
        return "cached_price"
    for words in (quantity.divided, _sided(reading, quantity), _just_before(reading, quantity)):
        ways = [(way, max(words.rfind(mark) for mark in marks)) for way, marks in _WAYS if _any(marks, words)]
        if ways:
            return f"{max(ways, key=lambda way: way[1])[0]}_price"
    return "output_price" if "input_price" in found.numbers else "input_price"


_CACHED = deferred(r"\bcach|en cache")


def _just_before(reading: Reading, price: Quantity) -> str:
    """The words since the price before; none where both sides were named since, so that the order of the prices tells."""
    earlier = [one.end for one in reading.quantities if one.end <= price.start and one.unit in ("USD", "EUR")]
    words = reading.folded[max([*earlier, price.start - 40, 0]) : price.start]
    return "" if all(_any(marks, words) for _, marks in _WAYS) and _another(reading, price) else words


def _another(reading: Reading, price: Quantity) -> bool:
    """Whether the price of the other side follows at once."""
    later = next((one for one in reading.quantities if one.start >= price.end), None)
    return later is not None and later.per == price.per and later.unit == price.unit and later.start - price.end < NEXT


NEXT = 24  # letters between two prices of which one is of the tokens sent, the other of those received


def _sided(reading: Reading, quantity: Quantity) -> str:
    """The side of tokens that is named right after a sum."""
    following = reading.folded[quantity.end : quantity.end + 14]
    found = (way for way, marks in _WAYS for mark in marks if re.match(rf"\s?(?:en |de |for |d'|a l')?{mark}", following))
    return next(found, "")


_WAYS = (("input", ("input", "in", "entree", "prompt")), ("output", ("output", "out", "sortie", "completion")))


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"\b{word}", text) for word in words)


def hourly_prices(found: Slots) -> None:
    """A chip for less than a taxi ride is a chip for an hour; so is a lone small sum beside chip-hours."""
    numbers = found.numbers
    hours = "gpu_hours" in numbers or {"gpus", "hours"} <= numbers.keys()
    if "unit_price" in numbers and "price" not in numbers and highest(numbers["unit_price"]) < 200:
        numbers["price"] = numbers.pop("unit_price")
    if (
        hours
        and not {"price", "unit_price", "electricity_price"} & numbers.keys()
        and len(found.money) == 1
        and highest(found.money[0]) < 1000
    ):
        numbers["price"] = found.money.pop()
