"""From a quantity to the input of a calculator that it fills, by its unit, its neighbours and what is plausible."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aitoll.tools import units
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading

TIMES = ("s", "min", "hour", "day", "week", "month", "year")
MASSES = ("gCO2e", "kgCO2e", "tCO2e", "ktCO2e", "MtCO2e", "lbCO2e")
VOLUMES = ("L", "mL", "cL", "m3", "ML", "gal")
ENERGIES = ("Wh", "kWh", "MWh", "GWh", "TWh", "J", "kJ", "MJ", "GJ")
POWERS = ("W", "kW", "MW", "GW")
CONTEXT = 34  # characters before a bare number in which its name is looked for

Number = float | Range

#: where both readings of "30.000" are possible, the one within these bounds is meant
PLAUSIBLE = {
    "price": (0.01, 300),
    "unit_price": (300, 1e6),
    "electricity_price": (0.003, 3),
    "gpus": (1, 1e8),
    "questions": (1, 1e15),
    "params": (1e5, 1e14),
    "tokens": (1e5, 1e15),
    "pue": (1, 3),
    "mfu": (0.01, 1),
    "wue": (0, 10),
    "ewif": (0, 20),
    "grid_g_per_kwh": (1, 1500),
    "growth": (1, 20),
    "divisor": (1, 1000),
    "usd_per_eur": (0.5, 2),
    "power_kw": (0.02, 20),
}
WHOLE = ("gpus", "questions", "people")
DIMENSIONS = {
    **dict.fromkeys(TIMES, "time"),
    **dict.fromkeys(MASSES, "mass"),
    **dict.fromkeys(VOLUMES, "volume"),
    **dict.fromkeys(ENERGIES, "energy"),
    **dict.fromkeys(POWERS, "power"),
}
#: dimension and what it is divided by → input and the unit that it is wanted in
FIELDS = {
    ("time", ""): ("hours", "hour"),
    ("volume", ""): ("water_l", "L"),
    ("volume", "question"): ("water_per_question", "L"),
    ("energy", ""): ("energy_kwh", "kWh"),
    ("energy", "question"): ("energy_per_question", "kWh"),
    ("energy", "token"): ("energy_per_token", "kWh"),
    ("power", ""): ("power_kw", "kW"),
    ("mass", ""): ("carbon_t", "tCO2e"),
    ("mass", "question"): ("carbon_per_question", "gCO2e"),
    ("person", ""): ("people", "1"),
    ("token", ""): ("tokens", "token"),
    ("GPU", ""): ("gpus", "1"),
    ("GPU-hour", ""): ("gpu_hours", "1"),
    ("FLOP", ""): ("flop", "1"),
    ("FLOP/s", ""): ("peak", "1"),
    ("param", ""): ("params", "1"),
    ("question", ""): ("questions", "1"),
}
#: what a number without unit may be called, before it or right after it
NAMES = (
    (deferred(r"\bpue\b|power usage effectiveness|rendement energetique du site"), "pue"),
    (deferred(r"\b(?:(?:utilise(?:e?s?)?|exploitee?s?|occupee?s?|used|running|run|busy) (?:a|at)\b)"), "mfu"),
    (deferred(r"\b(?:mfu|utili[sz]a\w*|rendement|efficiency|occupation|taux d'usage|efficacite)\b"), "mfu"),
    (deferred(r"\bwue\b"), "wue"),
    (deferred(r"\bewif\b"), "ewif"),
    (deferred(r"\b(?:marge|margin)s?\b"), "margin"),
    (deferred(r"\b(?:multipli\w*)\b"), "growth"),
    (deferred(r"\b(?:divis\w*|divid\w*|facteur|factor)\b"), "divisor"),
)
_AFTER = deferred(r"\s?(?:de |d'|of |in |as |du |de l')?(?=[a-z])")
_DIRECTION = deferred(
    r"\s?(?:en |de |d'|in |for |as )?"
    r"(entree|sortie|input|output|prompt|completion"
    r"|(?:in|out)(?= (?:and|plus|cost|costs|come|total|would|will|et|at|with|on|using|for|each|per)(?![a-z])| ?[,;.?)/+&]|$))(?![a-z])"
)
_BACK = r"written|wrote|ecri|receiv|recoi|recev|generat|gener|get back|return|renvoi|produ|output|write|recus?\b|back\b"
_HANDED = deferred(rf"\b(?:send|sent|envoi|envoy|submit|soumet|feed|reads?\b|lus?\b|lit\b|{_BACK})")
CACHED = deferred(
    r"\s?(?:of (?:them|those) )?(?:(?:input|prompt|tokens?|jetons?|are|is|being|sont|d'entree|en entree|lus|read|mis)\s)*"
    r"(?:cached|(?:en|du|depuis le|dans le|from the|from) cache)(?![a-z])"
)
_LABELLED = deferred(r"(?:^|[\s,.;(])(input|entree|prompt|output|sortie|completion)s?(?: tokens?)?\s?[:=]?\s?$")
SIDES = {"input": "input", "entree": "input", "prompt": "input", "in": "input"}
#: "a year", "par jour": how long a machine that is asked about so runs
PERIODS = (
    (
        deferred(
            r"\b(?:per year|a year|each year|every year|yearly|annual|annually|all year|whole year|year[- ]round"
            r"|par an|annuel\w*|chaque annee|l'an|toute l'annee|a l'annee|annee entiere)\b"
        ),
        8766.0,
    ),
    (deferred(r"\b(?:per month|a month|each month|monthly|par mois|mensuel\w*|chaque mois)\b"), 730.5),
    (deferred(r"\b(?:per week|a week|each week|weekly|par semaine|hebdomadaire\w*)\b"), 168.0),
    (deferred(r"\b(?:per day|a day|each day|daily|par jour|quotidien\w*|journalier\w*|chaque jour)\b"), 24.0),
)
_COMPUTE = r"(?: (?:of|de|du|d'|le|la|the|its|son|sa))+ ?(?:comput\w*|calculs?|calculation|cost|cout|flops?|operations|puissance)"
MULTIPLES = (
    (deferred(r"\b(?:two thirds|deux tiers)\b"), 3.0),
    (deferred(r"\b(?:three quarters|trois quarts)\b"), 4.0),
    (deferred(r"\b(?:by|de|d'|of)\s?(?:a|one|un) (?:third|tiers)\b(?! (?:of|de|du))"), 1.5),
    (deferred(r"\b(?:by|de|d'|of)\s?(?:a|one|un) (?:quarter|quart)\b(?! (?:of|de|du))"), 4 / 3),
    (deferred(r"\b(?:by|de|d'|of)\s?(?:a|one|un) (?:fifth|cinquieme)\b(?! (?:of|de|du))"), 1.25),
    (deferred(rf"\b(?:a|one|un|le) (?:third|tiers){_COMPUTE}"), 3.0),
    (deferred(rf"\b(?:a|one|un|le) (?:quarter|fourth|quart){_COMPUTE}"), 4.0),
    (deferred(rf"\b(?:a|one|un|le) (?:fifth|cinquieme){_COMPUTE}"), 5.0),
    (deferred(rf"\b(?:an|one|un|le) (?:eighth|huitieme){_COMPUTE}"), 8.0),
    (deferred(rf"\b(?:a|one|un|le) (?:tenth|dixieme){_COMPUTE}"), 10.0),
    (deferred(r"\b(?:doubl\w*|twice|twofold)\b"), 2.0),
    (deferred(r"\b(?:tripl\w*|threefold)\b"), 3.0),
    (deferred(r"\b(?:quadrupl\w*|fourfold)\b"), 4.0),
    (deferred(r"\b(?:halv\w*|half the|by half|de moitie|la moitie)\b"), 2.0),
)


def amount(quantity: Quantity, unit: str, name: str = "") -> Number:
    """In the unit wanted; of two readings the plausible one."""
    converted = quantity if unit == "1" else quantity.to(unit)
    low, high = PLAUSIBLE.get(name, (0.0, float("inf")))
    if quantity.is_range:
        ends = [(converted.low, converted.high), *([converted.second] if converted.second else [])]
        return Range(*next((pair for pair in ends if low <= pair[0] and pair[1] <= high), ends[0]))
    fits = (value for value in converted.readings if low <= value <= high and (name not in WHOLE or value % 1 == 0))
    return next(fits, converted.readings[0] if converted.readings else converted.low)


def ratio(quantity: Quantity, unit: str, name: str) -> Number:
    """A quotient, in the unit wanted."""
    factor = units.convert(1.0, f"{quantity.unit}/{quantity.per}", unit)
    return amount(quantity.times(factor, quantity.unit), "1", name)


def before(reading: Reading, quantity: Quantity) -> str:
    """The words just before, up to the number before; across it where the two are "from 1.5 to 1.1"."""
    start = max(0, quantity.start - CONTEXT)
    for other in reading.quantities:
        if start < other.end <= quantity.start:
            between = reading.folded[other.end : quantity.start].strip()
            start = start if between in ("a", "to", "puis", "then", "vers", "->", "and", "et", "down to", "jusqu'a") else other.end
    return reading.folded[start : quantity.start]


def after(reading: Reading, quantity: Quantity) -> str:
    """The words just after, up to the next number."""
    ends = [other.start for other in reading.quantities if other.start >= quantity.end]
    return reading.folded[quantity.end : min([*ends, quantity.end + CONTEXT])]


_OF_TOKENS = deferred(r"\)?\s?(?:of |de |d')?(?:training )?(?:tokens?|jetons?)(?![a-z])")


_EACH = deferred(r"\s?(?:each|apiece|a piece|(?:la )?piece|chacune?s?|l'unite|per (?:gpu|chip|card))(?![a-z])")
_SYMBOL = deferred(r"(?:^|[\s(,;])([ndpt]) ?= ?$")  # of scaling laws
_HOURLY = deferred(r"\s?(?:/ ?h(?:r|our)?|(?:an|per|each) (?:gpu[- ])?hour|hourly|(?:a l'|de l'|l'|par )heure)(?![a-z])")
LEAST_RENT, MOST_RENT = 0.05, 100.0  # of a chip-hour, said without its currency: "at 2.49 an hour"
LEAST_PRICE = 1000  # of a chip, said without its currency: "25k each"


def named(reading: Reading, quantity: Quantity) -> str:
    """What a bare number is called: the name right after it, else the last one before it."""
    following = after(reading, quantity)
    if quantity.value >= LEAST_PRICE and _EACH.match(following):
        return "unit_price"
    if reading.folded[: quantity.start].rstrip().endswith("@") or (LEAST_RENT <= quantity.value <= MOST_RENT and _HOURLY.match(following)):
        return "price"
    if "=" in reading.folded and (symbol := _SYMBOL.search(reading.folded, max(0, quantity.start - 6), quantity.start)):
        return {"n": "params", "d": "tokens", "p": "params", "t": "tokens"}[symbol[1]]
    if _OF_TOKENS.match(following):
        return "tokens"
    lead = _AFTER.match(following)
    at = lead.end() if lead else 0
    close = [name for pattern, name in NAMES if pattern.match(following, at)]
    if close:
        return close[0]
    preceding = before(reading, quantity)
    found = [(match.end(), name) for pattern, name in NAMES for match in pattern.finditer(preceding)]
    return max(found)[1] if found else ""


_THING = deferred(
    r"\s(?!in\b|out\b|input|output|prompt|completion|entree|sortie|tokens?|jetons?|cached|written|received|generated|sent|read|lus?\b|ecrits?"
    r"|recus?\b|gener|produ|envoy|renvoy|per\b|par\b|each|chacun|with|avec|for\b|pour|and\b|then|when|what|plus|from|dans|depuis|million|billion|of\b)[a-z]{4,}"
)


def counts_things(reading: Reading, quantity: Quantity) -> bool:
    """ "3,000 files": of something else than tokens."""
    return bool(_THING.match(reading.folded, quantity.end))


def side(reading: Reading, quantity: Quantity) -> str:
    """Whether tokens go in or come out, where it is said."""
    if CACHED.match(after(reading, quantity)):
        return "cached_tokens"
    own = reading.folded[quantity.start : quantity.end]
    label = _LABELLED.search(reading.folded, max(0, quantity.start - 20), quantity.start)
    if label:
        return f"{SIDES.get(label[1], 'output')}_tokens"
    words = re.findall(r"input|entree|prompt|output|sortie|completion|\bin\b|\bout\b", own)
    if not words and (direction := _DIRECTION.match(after(reading, quantity))):
        words = [direction[1]]
    following = after(reading, quantity)
    close = _HANDED.match(following, 1)  # "tokens received"
    verbs = [close[0]] if close else _HANDED.findall(before(reading, quantity)) or _HANDED.findall(following[:24])
    if not words and verbs:
        return "output_tokens" if re.match(_BACK, verbs[-1]) else "input_tokens"
    words = words or re.findall(r"\binput|\bentree|\boutput|\bsortie", before(reading, quantity))[-1:]
    return f"{SIDES.get(words[0], 'output')}_tokens" if words else ""


def multiple(reading: Reading) -> float | None:
    """ "Doubling each year", "halves": a factor in words."""
    return next((factor for pattern, factor in MULTIPLES if pattern.search(reading.folded)), None)


def scaled(value: Number, factor: float) -> Number:
    return Range(value.low * factor, value.high * factor) if isinstance(value, Range) else value * factor


def highest(value: Number) -> float:
    return value.high if isinstance(value, Range) else value
