"""From quantities and names to the inputs of calculators: which number is the price, which the duration, which the PUE."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aitoll.tools import units
from aitoll.tools.inputs import Range

if TYPE_CHECKING:
    from aitoll.agent.rules.names import Mention
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading

TIMES = ("s", "min", "hour", "day", "week", "month", "year")
MASSES = ("gCO2e", "kgCO2e", "tCO2e", "ktCO2e", "MtCO2e", "lbCO2e")
VOLUMES = ("L", "mL", "cL", "m3", "ML", "gal")
ENERGIES = ("Wh", "kWh", "MWh", "GWh", "TWh", "J", "kJ", "MJ", "GJ")
POWERS = ("W", "kW", "MW", "GW")
CONTEXT = 28  # characters before a bare number in which its name is looked for

Number = float | Range


@dataclass
class Slots:
    """What the question gives: numbers by the names of the calculators' inputs, and rows by table."""

    numbers: dict[str, Number] = field(default_factory=dict)
    chips: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    systems: list[str] = field(default_factory=list)
    money: list[Number] = field(default_factory=list)  # amounts whose part is told by what is asked
    currency: str = "USD"
    bare: list[Number] = field(default_factory=list)
    ambiguous: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.numbers or self.money or self.bare or self.names)

    @property
    def names(self) -> list[str]:
        return [*self.chips, *self.models, *self.systems, *self.sites, *self.places]

    def put(self, name: str, value: Number) -> None:
        self.numbers.setdefault(name, value)


def slots_of(reading: Reading) -> Slots:
    found = Slots(currency="EUR" if re.search(r"(?:en|in|to) euros?(?![a-z])", reading.folded) else "USD")
    for mention in reading.names:
        _name(found, reading, mention)
    volumes = [q for q in reading.quantities if q.unit in VOLUMES and not q.per]
    for quantity in reading.quantities:
        _place(found, reading, quantity)
    if volumes and "per_questions" not in found.numbers and "questions" in found.numbers:
        _covered(found, reading, volumes[0])
    return found


def _name(found: Slots, reading: Reading, mention: Mention) -> None:
    kinds = {
        "accelerators": found.chips,
        "models": found.models,
        "grids": found.places,
        "facilities": found.sites,
        "inference": found.systems,
    }
    rows = kinds[mention.table]
    if mention.table == "facilities" and not _is_site(reading, mention):
        return
    if mention.id not in rows:
        rows.append(mention.id)
    if mention.others:
        found.ambiguous.append((mention.table, mention.id, *mention.others))


def _is_site(reading: Reading, mention: Mention) -> bool:
    """ "at Google", "chez OVH", "on AWS": an operator is a site only where the run is said to stand."""
    before = reading.folded[max(0, mention.start - 16) : mention.start].split()
    return bool(before) and before[-1] in ("at", "chez", "on", "in", "dans", "a", "sur", "d'", "au")


def _amount(quantity: Quantity, unit: str) -> Number:
    converted = quantity if unit == "1" else quantity.to(unit)
    return Range(converted.low, converted.high) if quantity.is_range else converted.low


def _place(found: Slots, reading: Reading, quantity: Quantity) -> None:
    if quantity.unit in ("USD", "EUR"):
        _money(found, quantity)
    elif quantity.unit in ("", "times", "%"):
        _bare(found, reading, quantity)
    else:
        _measured(found, reading, quantity)


def _measured(found: Slots, reading: Reading, quantity: Quantity) -> None:
    """By its unit: a mass per kWh is an intensity, a volume per kWh a WUE, an energy an energy."""
    dimension = _DIMENSIONS.get(quantity.unit, quantity.unit)
    if quantity.per in ("kWh", "MWh") and dimension in ("mass", "volume"):
        name = "grid_g_per_kwh" if dimension == "mass" else "ewif" if _near(reading, quantity, "ewif") else "wue"
        found.put(name, _ratio(quantity, "gCO2e/kWh" if dimension == "mass" else "L/kWh"))
        return
    name, target = _FIELDS.get((dimension, quantity.per), _FIELDS.get((dimension, ""), ("", "")))
    if dimension == "time" and quantity.unit == "year" and reading.has("growth"):
        name, target = "years", "year"
    elif dimension == "token":
        name = _tokens(reading, quantity)
    if name:
        found.put(name, _amount(quantity, target))
    if name == "water_l" and quantity.per == "question":
        found.put("per_questions", 1.0)


_DIMENSIONS = {
    **dict.fromkeys(TIMES, "time"),
    **dict.fromkeys(MASSES, "mass"),
    **dict.fromkeys(VOLUMES, "volume"),
    **dict.fromkeys(ENERGIES, "energy"),
    **dict.fromkeys(POWERS, "power"),
}
_FIELDS = {
    ("time", ""): ("hours", "hour"),
    ("volume", ""): ("water_l", "L"),
    ("energy", ""): ("energy_kwh", "kWh"),
    ("energy", "question"): ("energy_per_question", "kWh"),
    ("power", ""): ("power_kw", "kW"),
    ("token", ""): ("tokens", "token"),
    ("GPU", ""): ("gpus", "1"),
    ("GPU-hour", ""): ("gpu_hours", "1"),
    ("FLOP", ""): ("flop", "1"),
    ("param", ""): ("params", "1"),
    ("question", ""): ("questions", "1"),
}


def _ratio(quantity: Quantity, unit: str) -> Number:
    factor = units.convert(1.0, f"{quantity.unit}/{quantity.per}", unit)
    return Range(quantity.low * factor, quantity.high * factor) if quantity.is_range else quantity.low * factor


def _tokens(reading: Reading, quantity: Quantity) -> str:
    words = reading.folded[quantity.start : quantity.end + 24]
    own = reading.folded[quantity.start : quantity.end]
    for text in (own, words):
        for word, name in (
            ("input", "input_tokens"),
            ("entree", "input_tokens"),
            ("prompt", "input_tokens"),
            ("output", "output_tokens"),
            ("sortie", "output_tokens"),
            ("completion", "output_tokens"),
        ):
            if word in text:
                return name
    return "tokens"


def _money(found: Slots, quantity: Quantity) -> None:
    found.currency = quantity.unit
    each = {"GPU-hour": "price", "hour": "price", "GPU": "unit_price", "kWh": "electricity_price", "MWh": "electricity_price"}
    name = each.get(quantity.per)
    amount = Range(quantity.low, quantity.high) if quantity.is_range else quantity.low
    if name == "electricity_price":
        factor = 1e-3 if quantity.per == "MWh" else 1.0
        amount = Range(quantity.low * factor, quantity.high * factor) if quantity.is_range else quantity.low * factor
    if name:
        found.put(name, amount)
    elif not quantity.per:
        found.money.append(amount)


_NAMED = (
    ("pue", "pue"),
    ("mfu", "mfu"),
    ("utili", "mfu"),
    ("rendement", "mfu"),
    ("efficiency", "mfu"),
    ("wue", "wue"),
    ("ewif", "ewif"),
    ("divis", "divisor"),
    ("divid", "divisor"),
    ("facteur", "divisor"),
    ("factor", "divisor"),
)


def _bare(found: Slots, reading: Reading, quantity: Quantity) -> None:
    """A number without unit takes the name that stands just before it, or what its form says."""
    before = _before(reading, quantity)
    named = max(((before.rfind(word), name) for word, name in _NAMED), default=(-1, ""))
    share = 0.01 if quantity.unit == "%" else 1.0
    amount: Number = Range(quantity.low * share, quantity.high * share) if quantity.is_range else quantity.low * share
    if quantity.per == "year" or (quantity.unit == "times" and reading.has("growth") and named[0] < 0):
        grown = 1.0 if quantity.unit == "%" else 0.0
        found.put("growth", Range(grown + amount.low, grown + amount.high) if isinstance(amount, Range) else grown + amount)
    elif named[0] >= 0:
        name = named[1]
        if name == "pue" and "pue" in found.numbers:
            name = "pue_after"
        found.put(name, amount)
    elif quantity.unit == "%" and reading.has("saving") and not isinstance(amount, Range) and amount < 1:
        found.put("divisor", 1 / (1 - amount))
    elif quantity.unit == "times" and reading.has("saving"):
        found.put("divisor", amount)
    elif _is_size(reading, quantity):
        found.put("params", amount)
    elif quantity.unit != "%":
        found.bare.append(amount)


def _before(reading: Reading, quantity: Quantity) -> str:
    """The words just before, up to the number before; across it where the two are "from 1.5 to 1.1"."""
    start = max(0, quantity.start - CONTEXT)
    for other in reading.quantities:
        if start < other.end <= quantity.start:
            between = reading.folded[other.end : quantity.start].strip()
            start = start if between in ("a", "to", "puis", "then", "vers", "->", "and", "et") else other.end
    return reading.folded[start : quantity.start]


def _is_size(reading: Reading, quantity: Quantity) -> bool:
    """ "70B", "un modèle de 7 milliards": a large round count of nothing is a model's parameters."""
    return quantity.scaled and quantity.value >= 1e7 and (reading.has("train", "ai", "compute") or "token" in reading.folded)


def _near(reading: Reading, quantity: Quantity, name: str) -> bool:
    return name in reading.folded[max(0, quantity.start - CONTEXT) : quantity.end + 10]


def _covered(found: Slots, reading: Reading, volume: Quantity) -> None:
    """ "500 mL covers 20 to 50 questions": the count nearest the volume is what it covers; another one is how many are asked about."""
    counts = [q for q in reading.quantities if q.unit == "question"]
    nearest = min(counts, key=lambda q: min(abs(q.start - volume.end), abs(volume.start - q.end)))
    others = [q for q in counts if q is not nearest]
    found.numbers["per_questions"] = Range(nearest.low, nearest.high) if nearest.is_range else nearest.low
    if others:
        found.numbers["questions"] = Range(others[0].low, others[0].high) if others[0].is_range else others[0].low
    else:
        found.numbers.pop("questions")
