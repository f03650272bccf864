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
MOST_OF_A_MILLION = 1000  # dollars, of tokens
_OF_A_EURO = deferred(r"(?:eur|euro|€) ?(?:=|is|vaut|:|equals) ?$")
_EQUALS = deferred(r" ?(?:=|is|vaut|:|equals) ?\$?\d")


def put_sum(found: Slots, reading: Reading, quantity: Quantity) -> None:
    if quantity.unit == "EUR" and quantity.low == 1 and _EQUALS.match(reading.folded, quantity.end):
        return  # "1 EUR = 1.09 USD"
    name = _PRICES.get(quantity.per, "") or ("" if quantity.per else _called(found, reading, quantity))
    if name != "usd_per_eur":
        found.given_in = quantity.unit
    million = quantity.per == "Mtoken" or (not quantity.per and name.removesuffix("_price") in ("input", "output", "token"))
    factor = 1e-6 if million else 1e-3 if quantity.per == "MWh" else 1.0
    if name == "token_price":
        name = _token_price(found, reading, quantity)
    value = amount(quantity.times(factor, quantity.unit) if factor != 1.0 else quantity, "1", name)
    if name:
        found.put(name, value)
    elif not quantity.per or quantity.per in ("day", "month", "year"):
        found.money.append(value)


def _called(found: Slots, reading: Reading, quantity: Quantity) -> str:
    """What a sum of nothing is, by the words before it or by the prices before it, which are of a million tokens."""
    lead = reading.folded[max(0, quantity.start - 32) : quantity.start]
    if found.numbers.keys() & {"input_price", "output_price"} and quantity.low < MOST_OF_A_MILLION:
        way = _sided(reading, quantity)
        return f"{way}_price" if way else "token_price"
    if quantity.unit == "USD" and _OF_A_EURO.search(lead):
        return "usd_per_eur"
    if _OF_EACH.search(lead):
        return "unit_price"
    return "electricity_price" if quantity.low < MOST_OF_A_KWH and _OF_POWER.search(lead) else ""


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
    since = max([*earlier, price.start - BEFORE, 0])
    both = all(_any(marks, reading.folded[since : price.start]) for _, marks in _WAYS)
    return "" if both and _another(reading, price) else reading.folded[max(since, price.start - 40) : price.start]


def _another(reading: Reading, price: Quantity) -> bool:
    """Whether the price of the other side follows at once."""
    later = next((one for one in reading.quantities if one.start >= price.end), None)
    return later is not None and later.per == price.per and later.unit == price.unit and later.start - price.end < NEXT


BEFORE = 200  # letters in which both sides may have been named
NEXT = 24  # letters between two prices of which one is of the tokens sent, the other of those received


def _sided(reading: Reading, quantity: Quantity) -> str:
    """The side of tokens that is named right after a sum."""
    following = reading.folded[quantity.end : quantity.end + 14]
    found = (way for way, marks in _WAYS for mark in marks if re.match(rf"\s?(?:en |de |for |d'|a l')?{mark}", following))
    return next(found, "")


_WAYS = (("input", ("input", "in", "entree", "prompt")), ("output", ("output", "out", "sortie", "completion")))


def _any(words: tuple[str, ...], text: str) -> bool:
    return any(re.search(rf"\b{word}", text) for word in words)


MOST_OF_AN_HOUR = 50.0  # dollars, of a chip


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
    bare = highest(found.bare[0]) if len(found.bare) == 1 and not found.money else 0.0
    if (
        hours
        and not {"price", "unit_price", "electricity_price", "power_kw"} & numbers.keys()
        and 0.05 < bare < MOST_OF_AN_HOUR
        and bare % 1
    ):
        numbers["price"] = found.bare.pop()  # "8 GPUs * 24 h * 30 d * 1.75"
