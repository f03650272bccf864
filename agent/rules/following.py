"""What a question takes over from the one before it: its subject, all but one slot of it, or nothing."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log
from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.adjusting import discount
from aitoll.agent.rules.measures import LEAST_PRICE, scaled
from aitoll.agent.rules.multiplying import MISTAKEN, changed, multiplied
from aitoll.agent.rules.resuming import AT, CLOSE, RATES, SUMS, added, apart, of_its_kind, put_money
from aitoll.agent.rules.returning import as_at_first, goes_back
from aitoll.agent.rules.scope import other_words
from aitoll.agent.rules.slots import Slots
from aitoll.agent.rules.sums import hourly_prices
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.planning import Plan
    from aitoll.agent.rules.reading import Reading

RUN = ("params", "tokens", "flop", "gpus", "hours", "gpu_hours", "energy_kwh")
USE = ("questions", "per_questions", "water_l", "energy_per_question", "water_per_question")
COUNTS = ("gpus", "questions", "gpu_hours", "params", "tokens", "years", "input_tokens", "output_tokens")
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


def taken_over(reading: Reading, slots: Slots, metrics: list[str], before: Plan) -> tuple[Reading, Slots, list[str], str, dict[str, Any]]:
    """The question with what the one before lends it, the calculator of that one, and the numbers of the first."""
    if before.tool and asks_why(reading, slots, metrics):
        return replace(reading, cues=()), before.slots, before.metrics, before.tool, {}
    if not follows(reading, slots, metrics, before.slots):
        return reading, slots, metrics, "", {}
    same = times_before(reading, before.slots) is not None and not slots.names
    metrics = before.metrics if same else unasked(reading, slots, metrics)
    forced = "" if metrics and metrics != before.metrics else before.tool
    first = before.first or before.slots.numbers
    return reading, merged(slots, before.slots, reading, first), metrics or before.metrics, forced, first


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
    of_its_kind(new, old, reading)
    added(new, old, reading)
    numbers = as_at_first(_kept(new, old, reading), first, reading)
    factor = times_before(reading, old)
    if factor is not None:
        new.numbers = {name: value for name, value in new.numbers.items() if name not in MISTAKEN}
    _ordinal(new, old, reading)
    money = _take_bare(numbers, new, old, reading) if factor is None else list(new.money)
    if factor is not None and reading.has("budget_word") and old.money and not new.money:
        money, factor = [scaled(one, factor) for one in old.money], None  # "with twice the budget"
    if new.shares and "mfu" in numbers and not new.numbers:
        numbers["mfu"] = new.shares[0]
    numbers = changed(numbers, reading, factor) if factor is not None else {**numbers, **new.numbers}
    put_money(numbers, money, new, old, reading)
    _outdated(numbers, new, old)
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


def _outdated(numbers: dict[str, Any], new: Slots, old: Slots) -> None:
    """Numbers of before that a place or a tier named now makes untrue."""
    if "hours" in new.numbers and "gpu_hours" in old.numbers and "gpus" not in numbers:
        numbers["gpu_hours"] = numbers.pop("hours")  # "30,000 hours" of what was counted in chip-hours
    if new.places:
        numbers.pop("grid_g_per_kwh", None)
    if new.tiers and "price" not in new.numbers:
        numbers.pop("price", None)


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


POWER = ("power", "puissance", "watts")  # words that only name a power; "the energy at 700 W" asks for the energy


def unasked(reading: Reading, new: Slots, metrics: list[str]) -> list[str]:
    """The quantities asked for, without those whose word only says what a new number is of: "if the power drops to 50 g/kWh"."""
    about = {metric for name in new.numbers for metric in _ABOUT.get(name, ())}
    named = {
        cue.name
        for cue in reading.cues
        for quantity in reading.quantities
        if (cue.name != "energy" or "power_kw" not in new.numbers or cue.text in POWER)
        and cue.end <= quantity.start
        and _NAMES_IT.fullmatch(reading.folded, cue.end, quantity.start)
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


RATE_AT = deferred(r"\b(?:at|a|with|avec|of|de|by|par)\s(?:only |about |seulement )?\d")
RATE_ONLY = deferred(r"\b(?:at|a)\s(?:only |about |seulement )?\d")
RATE = log(15)  # how far a bare number may be from a rate that it takes the place of


def _replaced(numbers: dict[str, Any], old: Slots, reading: Reading, value: Any) -> str:
    """What of before a bare number takes the place of: what stands beside it says so, or else what is nearest in size."""
    sums = {**{name: numbers[name] for name in SUMS if name in numbers}, **({"money": old.money[0]} if old.money else {})}
    if "money" in sums and reading.has("budget_word"):
        return "money"
    each: dict[str, Any] = {name: sums[name] for name in ("unit_price", "price") if name in sums and reading.has("cost", "each")}
    counts = {name: numbers[name] for name in COUNTS if name in numbers}
    far = min((apart(one, value) for one in counts.values()), default=inf)
    near = {} if reading.has("them") else {name: one for name, one in sums.items() if apart(one, value) < CLOSE < far}
    if not sums and far > log(100) and value >= LEAST_PRICE and AT.search(reading.folded) and not reading.has("them"):
        return "unit_price"  # "and at 40k?" of chips to buy
    rates = {name: numbers[name] for name in RATES if name in numbers and apart(numbers[name], value) < RATE}
    if rates and not each and RATE_ONLY.search(reading.folded):
        counts = sums = near = rates  # chips are not "at 60"
    elif rates and not each and (RATE_AT.search(reading.folded) or not counts) and min(apart(one, value) for one in rates.values()) <= far:
        counts = sums = near = rates
    known = each or near or counts or sums
    return min(known, key=lambda name: apart(known[name], value), default="" if "energy_kwh" in numbers else "gpus")
