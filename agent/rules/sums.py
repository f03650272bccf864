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
}


_OF_EACH = deferred(
    r"(?:(?:list|unit|catalogu?e|sticker|public|purchase) price|prix (?:unitaire|catalogue|public|de liste|d'achat unitaire)|price tag"
    r"|price (?:per|of each) (?:unit|card|chip)|cost per (?:unit|card|chip))(?: (?:of|is|at|de|est(?: de)?|a))?\s?[:=]?\s?$"
)


def put_sum(found: Slots, reading: Reading, quantity: Quantity) -> None:
    name = _PRICES.get(quantity.per, "")
    if not quantity.per and found.numbers.keys() & {"input_price", "output_price"} and (way := _sided(reading, quantity)):
        quantity, name = quantity.times(1e-6, quantity.unit), f"{way}_price"  # of a million, as the price before it
    if not quantity.per and not name and _OF_EACH.search(reading.folded[max(0, quantity.start - 32) : quantity.start]):
        name = "unit_price"
    if name != "usd_per_eur":
        found.given_in = quantity.unit
    factor = {"MWh": 1e-3, "Mtoken": 1e-6}.get(quantity.per, 1.0)
    if name == "token_price":
        name = _token_price(found, reading, quantity)
    value = amount(quantity.times(factor, quantity.unit) if factor != 1.0 else quantity, "1", name)
    if name:
        found.put(name, value)
    elif not quantity.per:
        found.money.append(value)


def _token_price(found: Slots, reading: Reading, quantity: Quantity) -> str:
    """Of tokens sent or received: as it says itself, as the tokens before it do, else the one that is still open."""
    lately = reading.folded[max(0, quantity.start - 40) : quantity.start]
    for words in (quantity.divided, _sided(reading, quantity), lately):
        ways = [(way, max(words.rfind(mark) for mark in marks)) for way, marks in _WAYS if _any(marks, words)]
        if ways:
            return f"{max(ways, key=lambda way: way[1])[0]}_price"
    return "output_price" if "input_price" in found.numbers else "input_price"


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
