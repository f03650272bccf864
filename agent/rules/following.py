"""What a question takes over from the one before it: its subject, all but one slot of it, or nothing."""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.adjusting import discount
from aitoll.agent.rules.counting import SMALL
from aitoll.agent.rules.measures import LEAST_PRICE, highest, scaled
from aitoll.agent.rules.multiplying import MISTAKEN, changed, multiplied
from aitoll.agent.rules.returning import as_at_first, goes_back
from aitoll.agent.rules.scope import other_words
from aitoll.agent.rules.slots import Slots
from aitoll.agent.rules.sums import hourly_prices
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading

RUN = ("params", "tokens", "flop", "gpus", "hours", "gpu_hours", "energy_kwh")
USE = ("questions", "per_questions", "water_l", "energy_per_question", "water_per_question")
RATES = ("grid_g_per_kwh", "pue", "wue", "ewif", "growth", "divisor", "mfu", "power_kw", "energy_per_question", "water_per_question")
COUNTS = ("gpus", "questions", "gpu_hours", "params", "tokens", "years", "input_tokens", "output_tokens")
SUMS = ("price", "unit_price", "electricity_price", "carbon_price", "cost_per_question")
#: what is given makes these things of before untrue
REPLACES = {
    "energy_kwh": ("gpus", "hours", "gpu_hours", "params", "tokens", "flop"),
    "gpu_hours": ("gpus", "hours"),
    "flop": ("params", "tokens"),
    "tokens": ("flop",),
    "params": ("flop",),
}


def follows(reading: Reading, slots: Slots, metrics: list[str], old: Slots) -> bool:
    """A follow-up changes one thing of what was asked, or asks another thing of the same run."""
    if reading.has("again", "them") or refers(reading) or goes_back(reading) or (reading.has("convert") and slots.empty):
        return True
    foreign = other_words(reading)
    if slots.empty and not metrics and not foreign:
        beside, later = reading.has("cooling") and "pue" in old.numbers, bool(reading.years) and "growth" in old.numbers
        if beside or later:
            return True  # "the overhead only?", "in 2026?"
    if stands_alone(reading, slots):
        sited = bool(old.places) and not slots.names and set(metrics) <= {"carbon", "water", "energy"}
        bare = not metrics and not foreign and not (slots.models or slots.systems)
        return bare or (reading.has("follow_up") and (not metrics or sited))
    if times_before(reading, old) is not None or (reading.has("correct") and not metrics and not slots.empty):
        return len(foreign) < 2
    if reading.has("follow_up"):
        return bool(metrics) or not slots.empty or len(foreign) < 2
    if reading.has("pronoun") and metrics:
        return len(foreign) < 3
    return (bool(metrics) or not slots.empty) and not foreign


def times_before(reading: Reading, old: Slots) -> float | None:
    """The factor by which what was asked before changes; where that was a division itself, the new one takes its place."""
    return None if "divisor" in old.numbers else multiplied(reading)


def asks_why(reading: Reading, slots: Slots, metrics: list[str]) -> bool:
    """ "Why?", "what is that based on?": the answer before, with how it comes about."""
    return reading.has("explain") and slots.empty and not metrics and len(other_words(reading)) < 2


def goes_on(reading: Reading, slots: Slots) -> bool:
    """A short question that only the one before it makes whole: "by how much per year?"."""
    from aitoll.agent.rules.topics import foreign

    begins = any(
        cue.start <= 3 and cue.name in ("follow_up", "explain", "how_much", "how_much_of", "why", "who", "where") for cue in reading.cues
    )
    referred = reading.has("pronoun") or begins
    words = other_words(reading)
    return referred and slots.empty and len(words) < 3 and not foreign(words, reading.language) and len(reading.folded) < 80


def stands_alone(reading: Reading, slots: Slots) -> bool:
    """Says itself what it is about: a run, a model, or questions put to one."""
    numbers = slots.numbers.keys()
    timed = {"gpus", "hours"} <= numbers or "gpu_hours" in numbers or {"params", "tokens"} <= numbers or "energy_kwh" in numbers
    told = bool(slots.models or slots.systems) and reading.has("train", "use")
    bought = bool(slots.chips) and reading.has("buy") and bool({"gpus", "unit_price"} & numbers)
    counted = "questions" in numbers and ("per_questions" in numbers or bool(slots.systems or slots.models))
    return (timed or told or bought or counted) and not reading.has("again")


def merged(new: Slots, old: Slots, reading: Reading, first: dict[str, Any]) -> Slots:
    """What is said now over what was said before, or at first where it goes back to that."""
    _of_its_kind(new, old)
    _added(new, old, reading)
    numbers = as_at_first(_kept(new, old, reading), first, reading)
    factor = times_before(reading, old)
    if factor is not None:
        new.numbers = {name: value for name, value in new.numbers.items() if name not in MISTAKEN}
    _ordinal(new, old, reading)
    money = _take_bare(numbers, new, old, reading) if factor is None else list(new.money)
    if new.shares and "mfu" in numbers and not new.numbers:
        numbers["mfu"] = new.shares[0]
    numbers = changed(numbers, reading, factor) if factor is not None else {**numbers, **new.numbers}
    if len(money) == 1 and (side := _token_side(old, reading, money[0])):
        numbers[side] = scaled(money.pop(), 1e-6)
    if len(money) == 1 and (place := _price_again(old, reading, money[0])) and not {*SUMS} & new.numbers.keys():
        numbers[place] = money.pop()
    if len(money) == 1 and not old.money and (place := _sum(numbers, money[0])) and not {*SUMS} & new.numbers.keys():
        numbers[place] = money.pop()
    if "hours" in new.numbers and "gpu_hours" in old.numbers and "gpus" not in numbers:
        numbers["gpu_hours"] = numbers.pop("hours")  # "30,000 hours" of what was counted in chip-hours
    if new.places:
        numbers.pop("grid_g_per_kwh", None)
    if new.tiers and "price" not in new.numbers:
        numbers.pop("price", None)
    found = Slots(
        numbers=numbers,
        chips=new.chips or old.chips,
        models=new.models or ([] if _is_new_run(new) and "params" in new.numbers else old.models),
        places=new.places or ([] if "grid_g_per_kwh" in new.numbers else old.places),
        sites=new.sites or old.sites,
        operators=new.operators or old.operators,
        systems=new.systems or ([] if new.models else old.systems),
        money=money or old.money,
        spent=new.spent,
        currency=new.currency or old.currency,
        given_in=new.given_in or old.given_in,
        api_models=new.api_models or old.api_models,
        tiers=new.tiers or old.tiers,
        batch=old.batch if new.batch is None else new.batch,
    )
    hourly_prices(found)
    if new.twice and not (new.money or {*SUMS} & new.numbers.keys()):
        discount(found, reading)  # "with a 10% discount?" of a price of before
        new.remarks += found.remarks
    return found


_ADDED = deferred(r"\b(?:add|plus|ajout\w+|rajout\w+|extend(?: it)? by|prolong\w* de)\s(?:(?:another|encore|an extra)\s)?$")
_MORE = deferred(r"\s?(?:more|extra|additional|de plus|en plus|supplementaires?)(?![a-z])(?! (?:than|que))")


def _added(new: Slots, old: Slots, reading: Reading) -> None:
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


def _of_its_kind(new: Slots, old: Slots) -> None:
    """What is said now under the name that it had before: of one question, or of the machines; questions over another time."""
    for name, (of_one, factor, most) in SMALL.items():
        value = new.numbers.get(name)
        if isinstance(value, float) and value <= most and of_one in old.numbers:
            new.numbers[of_one] = new.numbers.pop(name) * factor  # type: ignore[operator]
    if "energy_kwh" in new.numbers and "it_energy_kwh" in old.numbers:
        new.numbers["it_energy_kwh"] = new.numbers.pop("energy_kwh")
    counted, hours = old.numbers.get("counted"), new.numbers.get("hours")
    if isinstance(counted, float) and isinstance(hours, float) and "questions" not in new.numbers and "gpus" not in old.numbers:
        new.numbers["questions"] = counted * hours / highest(old.numbers["counted_hours"])
        new.spent.add(hours)
        del new.numbers["hours"]


def _take_bare(numbers: dict[str, Any], new: Slots, old: Slots, reading: Reading) -> list[Any]:
    """A number without a unit put where it replaces another; the sums that are said now, it among them if it is one."""
    money = list(new.money)
    if new.bare and (not new.numbers or reading.has("them")):
        place = _replaced(numbers, old, reading, new.bare[0])
        if place == "money":
            money.append(new.bare[0])
        elif place:
            numbers[place] = new.bare[0]
    return money


_PLACES = {"first": 0, "former": 0, "premier": 0, "premiere": 0, "second": 1, "seconde": 1, "deuxieme": 1, "third": 2, "troisieme": 2}
_PLACES |= dict.fromkeys(("last", "latter", "dernier", "derniere"), -1)
_THINGS = "one|of them|country|place|grid|state|chip|gpu|model|system|pays|reseau|puce|carte|modele"
_ORDINAL = deferred(
    rf"\b(?:the|le|la|du|au) ({'|'.join(_PLACES)})(?: (?:{_THINGS}))?"
    r"(?=\s*(?:[?.,!]|$)|\s(?:with|for|at|in|and|avec|pour|pendant|sur|a|et|if|si)(?![a-z]))"
)


def _ordinal(new: Slots, old: Slots, reading: Reading) -> None:
    """ "And the first country?": of what was compared before, in the order in which it was said."""
    match = _ORDINAL.search(reading.folded)
    if not match or new.names:
        return
    for name in ("places", "models", "chips", "systems"):
        ids = getattr(old, name)
        place = _PLACES[match[1]]
        if len(ids) > 1 and -len(ids) <= place < len(ids):
            setattr(new, name, [ids[place]])
            return


def refers(reading: Reading) -> bool:
    return bool(_ORDINAL.search(reading.folded))


_NAMES_IT = deferred(
    r"(?:[\s,:=]|(?:price|prix|rate|intensity|intensite|carbon|carbone|drops?|falls?|rises?|goes?|went|gets|is|was|were|at|to|of|down|up|only|costs?|emits"
    r"|tombe\w*|descend\w*|monte\w*|passe\w*|est|etait|coute\w*|emet|a|de|du|d'|n'est|que|seulement|fait|vaut|comes?|with an?)(?![a-z]))*"
)
_ABOUT = {
    "grid_g_per_kwh": ("energy",),
    "electricity_price": ("energy", "cost"),
    "price": ("cost",),
    "unit_price": ("cost",),
    "power_kw": ("energy",),
    "energy_kwh": ("energy",),
    "wue": ("water",),
    "ewif": ("water", "energy"),
}


def unasked(reading: Reading, new: Slots, metrics: list[str]) -> list[str]:
    """The quantities asked for, without those whose word only says what a new number is of: "if the power drops to 50 g/kWh"."""
    about = {metric for name in new.numbers for metric in _ABOUT.get(name, ())}
    named = {
        cue.name
        for cue in reading.cues
        for quantity in reading.quantities
        if cue.end <= quantity.start and _NAMES_IT.fullmatch(reading.folded, cue.end, quantity.start)
    }
    return [metric for metric in metrics if metric not in about & named]


def _is_new_run(new: Slots) -> bool:
    return bool({"params", "tokens", "flop", "gpu_hours", "energy_kwh"} & new.numbers.keys())


def _kept(new: Slots, old: Slots, reading: Reading) -> dict[str, Any]:
    """The old numbers that what is new leaves true."""
    gone = {name for given, names in REPLACES.items() if given in new.numbers for name in names}
    if (new.models or new.systems) and not (old.models or old.systems):
        gone |= {*RUN}
    if new.models and reading.has("train"):
        gone |= {*USE}
    return {name: value for name, value in old.numbers.items() if name not in gone}


AT = deferred(r"\b(?:at|a|price|prix|costs?|coute\w*)\b")
RATE_AT = deferred(r"\b(?:at|a|with|avec|of|de|by|par)\s(?:only |about |seulement )?\d")
RATE = log(15)  # how far a bare number may be from a rate that it takes the place of
CLOSE = log(4)  # a bare number is a count, unless it is near a sum of before and near no count


def _replaced(numbers: dict[str, Any], old: Slots, reading: Reading, value: Any) -> str:
    """What of before a bare number takes the place of: what stands beside it says so, or else what is nearest in size."""
    sums = {**{name: numbers[name] for name in SUMS if name in numbers}, **({"money": old.money[0]} if old.money else {})}
    if "money" in sums and reading.has("budget_word"):
        return "money"
    each: dict[str, Any] = {name: sums[name] for name in ("unit_price", "price") if name in sums and reading.has("cost", "each")}
    counts = {name: numbers[name] for name in COUNTS if name in numbers}
    far = min((_apart(one, value) for one in counts.values()), default=inf)
    near = {} if reading.has("them") else {name: one for name, one in sums.items() if _apart(one, value) < CLOSE < far}
    if not sums and far > log(100) and value >= LEAST_PRICE and AT.search(reading.folded) and not reading.has("them"):
        return "unit_price"  # "and at 40k?" of chips to buy
    rates = {name: numbers[name] for name in RATES if name in numbers and _apart(numbers[name], value) < RATE}
    if rates and not each and (RATE_AT.search(reading.folded) or not counts) and min(_apart(one, value) for one in rates.values()) <= far:
        counts = sums = near = rates
    known = each or near or counts or sums
    return min(known, key=lambda name: _apart(known[name], value), default="" if "energy_kwh" in numbers else "gpus")


def _token_side(old: Slots, reading: Reading, value: Any) -> str:
    """ "At $8?" of tokens that had a price: of the side that is named, else of the one that is nearer."""
    sides = [name for name in ("input_price", "output_price") if name in old.numbers]
    said = [name for name in sides if any(word in reading.folded for word in (name.removesuffix("_price"), SIDE_WORDS[name]))]
    return min(said or sides, key=lambda name: _apart(old.numbers[name], scaled(value, 1e-6)), default="")


SIDE_WORDS = {"input_price": "entree", "output_price": "sortie"}


def _price_again(old: Slots, reading: Reading, value: Any) -> str:
    """ "And at $25,000?" of a budget and a price: the one that is nearer, after a word for prices."""
    names = [name for name in SUMS if name in old.numbers and _apart(old.numbers[name], value) < CLOSE]
    if not names or not old.money or not AT.search(reading.folded) or reading.has("budget_word"):
        return ""
    name = min(names, key=lambda name: _apart(old.numbers[name], value))
    return name if _apart(old.numbers[name], value) < min(_apart(one, value) for one in old.money) else ""


def _sum(numbers: dict[str, Any], value: Any) -> str:
    """The price of before that a bare sum replaces."""
    return min((name for name in SUMS if name in numbers), key=lambda name: _apart(numbers[name], value), default="")


def _apart(one: Any, other: Any) -> float:
    first, second = ((end.low + end.high) / 2 if isinstance(end, Range) else end for end in (one, other))
    return abs(log(first) - log(second)) if 0 < first < inf and 0 < second < inf else inf
