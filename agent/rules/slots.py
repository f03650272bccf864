"""From quantities and names to the inputs of calculators: which number is the price, which the duration, which the PUE."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from aitoll.agent.rules.adjusting import discount, draws, kept, servers
from aitoll.agent.rules.chips import chip_count
from aitoll.agent.rules.covering import covered
from aitoll.agent.rules.measures import (
    DIMENSIONS,
    FIELDS,
    PERIODS,
    VOLUMES,
    Number,
    after,
    amount,
    before,
    counts_things,
    highest,
    multiple,
    named,
    ratio,
    scaled,
    side,
)
from aitoll.agent.rules.mentions import put_name, put_sold
from aitoll.agent.rules.parts import active, together
from aitoll.agent.rules.sums import hourly_prices, put_sum
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading


@dataclass
class Slots:
    """What the question gives: numbers by the names of the calculators' inputs, and rows by table."""

    numbers: dict[str, Number] = field(default_factory=dict)
    chips: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)  # of sites, wherever they are named
    systems: list[str] = field(default_factory=list)
    money: list[Number] = field(default_factory=list)  # amounts whose part is told by what is asked
    volumes: list[Number] = field(default_factory=list)  # in litres, in order
    currency: str = ""  # of the result; empty where none is told
    given_in: str = ""  # of the sums that are given
    api_models: list[str] = field(default_factory=list)
    tiers: list[str] = field(default_factory=list)  # of rental prices
    batch: bool | None = None  # whether an API's rate for batches is meant, where it is said
    at_api: bool = False  # whether the conversation is about tokens at an API
    sold: list[str] = field(default_factory=list)  # names that only a price table has, as written
    bare: list[Number] = field(default_factory=list)
    shares: list[Number] = field(default_factory=list)  # of something that only the conversation tells
    ambiguous: list[tuple[str, ...]] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)  # what was done with a number: a sentence and the words it quotes
    spent: set[float] = field(default_factory=set)  # numbers of the question that went into another
    twice: list[str] = field(default_factory=list)  # inputs for which two different numbers were given

    @property
    def empty(self) -> bool:
        return not (self.numbers or self.money or self.bare or self.shares or self.names or self.tiers or self.batch is not None)

    @property
    def names(self) -> list[str]:
        return [*self.chips, *self.models, *self.systems, *self.sites, *self.places, *self.api_models]

    def put(self, name: str, value: Number) -> None:
        if self.numbers.setdefault(name, value) != value:
            self.twice.append(name)


def slots_of(reading: Reading, growing: bool = False, sold: bool = False) -> Slots:
    """What is given; `growing` where the conversation is about growth over years, `sold` where it is about tokens at an API."""
    told = re.search(r"(?<![a-z])(?:en|in|to) (euro|dollar)s?(?![a-z])", reading.folded)
    found = Slots(currency=("EUR" if told[1] == "euro" else "USD") if told else "")
    found.at_api = sold
    for mention in reading.names:
        put_name(found, reading, mention)
    growing = growing or reading.has("growth") or any(_is_yearly(reading, quantity) for quantity in reading.quantities)
    for quantity in kept(reading):
        _place(found, reading, quantity, growing)
    volumes = [quantity for quantity in reading.quantities if quantity.unit in VOLUMES and not quantity.per]
    found.volumes = [amount(quantity, "L") for quantity in volumes]
    if volumes and "per_questions" not in found.numbers:
        covered(found, reading, volumes)
    active(found, reading)
    together(found, reading)
    _factors(found, reading)
    _period(found, reading)
    _unspoken(found, growing, counted=not reading.has("gpu_count"))
    servers(found, reading)
    chip_count(found, reading)
    hourly_prices(found)
    discount(found, reading)
    if told and len(found.bare) == 1 and LEAST_RATE <= highest(found.bare[0]) <= MOST_RATE and not found.money:
        found.put("usd_per_eur", found.bare.pop())  # "in euros, at 1.2"
    found.currency = found.currency or found.given_in
    put_sold(found, reading, sold or reading.has("api") or _speaks_of_tokens(reading))
    return found


def _place(found: Slots, reading: Reading, quantity: Quantity, growing: bool) -> None:
    if quantity.unit in ("USD", "EUR"):
        put_sum(found, reading, quantity)
    elif quantity.unit in ("", "times", "%"):
        _bare(found, reading, quantity, growing)
    else:
        _measured(found, reading, quantity, growing)


def _measured(found: Slots, reading: Reading, quantity: Quantity, growing: bool) -> None:
    """By its unit: a mass per kWh is an intensity, a volume per kWh a WUE, an energy an energy."""
    dimension = DIMENSIONS.get(quantity.unit, quantity.unit)
    if quantity.per in ("kWh", "MWh") and dimension in ("mass", "volume"):
        name = "grid_g_per_kwh" if dimension == "mass" else _of_water(found, reading, quantity)
        found.put(name, ratio(quantity, "gCO2e/kWh" if dimension == "mass" else "L/kWh", name))
        return
    if dimension == "mass" and not quantity.per and quantity.unit in ("gCO2e", "kgCO2e") and _INTENSITY.search(before(reading, quantity)):
        found.put("grid_g_per_kwh", amount(quantity, "gCO2e", "grid_g_per_kwh"))  # "the grid's intensity is 720 grams"
        return
    name, target = FIELDS.get((dimension, quantity.per), FIELDS.get((dimension, ""), ("", "")))
    if dimension == "time" and _spans_years(reading, quantity, growing):
        name, target = "years", "year"
    elif dimension == "time" and quantity.unit in ("s", "min") and reading.has("use"):
        name, target = "seconds", "s"
    elif dimension == "token":
        name = side(reading, quantity) or "tokens"
    elif dimension == "power" and _near(reading, quantity, "tdp"):
        name, target = "tdp_kw", "kW"
    elif dimension == "power" and quantity.per == "" and quantity.to("kW").low > SITE_KW:
        name, target = ("power_kw", "kW") if growing else ("site_kw", "kW")
    elif name == "peak" and reading.has("achieved"):
        name = "achieved"
    if name:
        found.put(name, amount(quantity, target, name))


def _spans_years(reading: Reading, quantity: Quantity, growing: bool) -> bool:
    """Years of growth or of a machine's life; months only where something lasts "over" them."""
    if quantity.unit not in ("year", "month") or not (growing or reading.has("lifetime", "gap")):
        return False
    return growing or quantity.unit == "year" or bool(re.search(r"\b(?:over|sur|within|en)\s$", reading.folded[: quantity.start][-8:]))


_INTENSITY = deferred(r"intensit|emission factor|facteur d'emission")
_AT_PLANTS = deferred(
    r"ewif|power (?:plant|station)|at the plant|centrale|off[- ]?site|hors (?:du )?site|upstream|amont|generat|produced|produi|production"
    r"|(?:water|eau)(?: footprint| intensity)? (?:of|de|du|in|for) (?:the |l'|la |le )?(?:electric|power|grid|reseau|courant)"
    r"|(?:electric\w*|grid|reseau)(?:'s)? water|(?:per|par) kwh (?:of |d'|de )?(?:electric|grid|reseau|power|courant)"
)
_ON_SITE = deferred(r"\bwue\b|on[- ]?site|sur (?:le )?site|sur place|cooling|refroidi")


def _of_water(found: Slots, reading: Reading, quantity: Quantity) -> str:
    """Litres per kWh are of the site, unless they are said to be of the power plants, or the site's own were given before."""
    if close := re.match(r"\s?(?:of |de |d')(?:an? |the )?(wue|ewif)", reading.folded[quantity.end : quantity.end + 16]):
        return close[1]
    following = re.split(r"[,;.]| et | and ", after(reading, quantity))[0]
    for text in (f"par kwh{following}", before(reading, quantity)):
        marks = [(match.start(), name) for name, mark in (("ewif", _AT_PLANTS), ("wue", _ON_SITE)) for match in mark.finditer(text)]
        if marks:
            return max(marks)[1]
    return "ewif" if "wue" in found.numbers else "wue"


SITE_KW = 100  # no chip draws as much: this is the power of a site


def _unspoken(found: Slots, growing: bool, *, counted: bool) -> None:
    """What goes without saying: hours beyond a century are chip-hours, a sum that grows is money, tokens beside those received are sent."""
    numbers = found.numbers
    if highest(numbers.get("hours", 0.0)) > 200_000 and not {"gpus", "gpu_hours"} & numbers.keys():
        numbers["gpu_hours"] = numbers.pop("hours")
    if growing and not found.money and "growth" in numbers and found.bare:
        found.money.append(found.bare.pop(0))
    if counted and "unit_price" in numbers and len(found.bare) == 1 and not found.money and not {"gpus", "budget"} & numbers.keys():
        numbers["gpus"] = found.bare.pop()
    sides = {"input_tokens", "output_tokens"}
    if "tokens" in numbers and len(sides & numbers.keys()) == 1:
        numbers[(sides - numbers.keys()).pop()] = numbers.pop("tokens")


def _period(found: Slots, reading: Reading) -> None:
    """ "The CO2 of 1,000 H100s a year": chips without a duration run for the period that is asked about."""
    if draws(found, reading):
        return
    if found.chips and not found.numbers and not found.money and not found.models and reading.has("hourly") and reading.has("cost"):
        found.put("gpu_hours", 1.0)  # "what does an H100 cost per hour"
    if "gpus" not in found.numbers or {"hours", "growth", "years", "gpu_hours", "unit_price"} & found.numbers.keys() or reading.has("buy"):
        return
    hours = next((hours for pattern, hours in PERIODS if pattern.search(reading.folded)), None)
    if hours and not reading.has("gap"):
        found.put("hours", hours)


def _factors(found: Slots, reading: Reading) -> None:
    """A growth or a division that is said in words."""
    factor = multiple(reading)
    if factor is None:
        return
    if reading.has("growth") and "growth" not in found.numbers and reading.has("yearly"):
        found.put("growth", factor)
    elif reading.has("saving") and "divisor" not in found.numbers:
        found.put("divisor", factor)


LEAST_RATE, MOST_RATE = 0.5, 2.0  # dollars per euro
_DIVIDED = deferred(r"\bdivi[sd]\w* [^?.;]{0,40} (?:par|by)\s$")
YEARLY = deferred(r" ?(?:par an|per year|a year|each year|every year|chaque annee|tous les ans|l'an|annually)(?![a-z])")


def _is_yearly(reading: Reading, quantity: Quantity) -> bool:
    return quantity.unit == "times" and (quantity.per in ("year", "month") or bool(YEARLY.match(reading.folded, quantity.end)))


def _bare(found: Slots, reading: Reading, quantity: Quantity, growing: bool) -> None:
    """A number without unit takes the name that stands beside it, or what its form says."""
    name = named(reading, quantity) or ("divisor" if "divi" in reading.folded and _DIVIDED.search(reading.folded[: quantity.start]) else "")
    percent = quantity.unit == "%"
    value = scaled(amount(quantity, "1"), 0.01) if percent else amount(quantity, "1", name)
    rising = growing and name not in ("pue", "mfu", "wue", "ewif", "margin")
    if (
        quantity.per in ("year", "month")
        or (name in ("", "divisor") and not percent and YEARLY.match(reading.folded, quantity.end))
        or (rising and (quantity.unit == "times" or (percent and reading.has("yearly"))))
    ):
        found.put("growth", _plus(value, 1.0) if percent else value)
    elif name:
        found.put("pue_after" if name == "pue" and "pue" in found.numbers else name, value)
    elif percent and reading.has("saving") and not isinstance(value, Range) and value < 1:
        found.put("divisor", 1 / (1 - value))
    elif quantity.unit == "times" and reading.has("saving"):
        found.put("divisor", value)
    elif (found.at_api or _speaks_of_tokens(reading)) and not counts_things(reading, quantity) and (way := side(reading, quantity)):
        found.put(way, value)
    elif _is_size(reading, quantity):
        found.put("params", value)
    elif not percent:
        found.bare.append(value)
    elif _is_use(found, reading, quantity):
        found.put("mfu", value)
    else:
        found.shares.append(value)
        found.twice.append("%")  # a share of something that nothing here takes


def _speaks_of_tokens(reading: Reading) -> bool:
    return _names_tokens(reading.folded) or any(one.per in ("Mtoken", "token") for one in reading.quantities)


@lru_cache(8)
def _names_tokens(folded: str) -> bool:
    """Kept, for it is asked of each number of a question."""
    return bool(re.search(r"token|jeton|\d ?[km]? in\b.{1,12}\d ?[km]? out\b", folded))


def _plus(value: Number, one: float) -> Number:
    return Range(one + value.low, one + value.high) if isinstance(value, Range) else one + value


def _is_size(reading: Reading, quantity: Quantity) -> bool:
    """ "70B", "un modèle de 7 milliards": a large round count of nothing is a model's parameters."""
    return (
        quantity.scaled
        and quantity.value >= 1e7
        and not reading.has("gap")
        and (reading.has("train", "ai", "compute") or "token" in reading.folded)
    )


AT = deferred(r"(?:^|[\s,(])(?:at|a|with|avec|de) (?:only |about |around |environ |seulement )?$")


def _is_use(found: Slots, reading: Reading, quantity: Quantity) -> bool:
    """ "On 512 H100s at 40%": of a run on chips, a share without a name is that of the peak."""
    units = {one.unit for one in reading.quantities}
    running = bool(found.chips) or reading.has("gpu_count", "gpu_hours") or bool({"GPU", "FLOP", "FLOP/s"} & units)
    worked = bool({"FLOP", "FLOP/s", "param", "token"} & units) or reading.has("train", "compute", "duration")
    return running and worked and quantity.low >= 1 and bool(AT.search(reading.folded[: quantity.start][-24:]))


def _near(reading: Reading, quantity: Quantity, name: str) -> bool:
    return name in before(reading, quantity) or name in reading.folded[quantity.end : quantity.end + 10]
