"""What is said about a number beside its value: so many servers of so many chips, a discount, a slip taken back, a bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from aitoll.agent.rules.measures import DIMENSIONS, PERIODS, TIMES, highest, scaled
from aitoll.tools import units
from aitoll.tools.errors import AitollError
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aitoll.agent.rules.choosing import Call
    from aitoll.agent.rules.quantities import Quantity
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

Remark = tuple[str, str]  # the sentence, and what of the question it quotes

_NODE = r"(?:nodes?|servers?|serveurs?|n(?:oe|œ)uds?|machines?|instances?|boxes|box|racks?|baies?|chassis|dgx|hgx|clusters?|grappes?|pods?)"
_HOLDING = r"(?: (?:of|with|a|de|avec|x|each with|having|containing|contenant|holding|avec chacune?s?|d')|,| \()"
_HOLDS = deferred(rf"\s?(?:\w+ )?{_NODE}(?: \w+)?{_HOLDING}?\s?(?:each )?")
_BEFORE_NODE = deferred(r"[\s-]?(?:\w+ ){0,2}" + _NODE + r"(?![a-z])")
_PER_NODE = deferred(rf"\s?(?:per|par|in each|in every|dans chaque|each|a|/)\s?{_NODE}(?![a-z])")
_TURNED = deferred(
    r"(?:\.\.\.|…) ?(?:no|non),|no,? wait|wait,? no|sorry,|correction|i mean(?:t)?|pardon,|non,? pardon|je voulais dire|enfin non"
    r"|ou plutot|or rather|scratch that"
)
_OFF = deferred(r"discount|rebate|\boff\b|remise|rabais|reduction|ristourne|moins cher|cheaper")
_TAX = deferred(r"\b(?:vat|tva|tax|taxes)\b")
_DEARER = deferred(
    r"^ ?(?:dearer|more expensive|costlier|pricier|higher|above|more|plus chere?s?|de plus|plus elevee?s?|au-dessus)"
    r"(?: than| que| du| de| d')"
)
_LESS = deferred(r"^ ?(?:less|below|under|lower|de moins|moins chere?s?|en dessous|sous)(?: than| que| du| de| the| le| la)")
_BOUND = deferred(
    r"(?:more than|over|at least|less than|under|at most|up to|fewer than|below|above"
    r"|plus de|au moins|moins de|au plus|jusqu'a|au-dessus de|minimum)\s(?:de )?(?:\$|€)?$"
)
_MOVED_TO = deferred(
    r"(?:went|goes|go|gone|rose|rises?|rising|jump\w*|climb\w*|back|is|was|now|crept|shot|moved?|moving|push\w*|mont\w+|pass\w+"
    r"|grimp\w+)\s(?:up to|jusqu'a)\s(?:\$|€)?$"
    r"|(?:split|spread|shared|divided|averaged|amorti[sz]ed|distributed|allocated|for each|running|runs?|kept|lasting) over $"
)
_TEXT_SPEAK = deferred(  # "4" for "for", "2" for "to"
    r"\s(?=[\d$€\ue001-\ue004]|(?:the|an?|my|our|me|us|it|that|this|each|one|all|rent|train|buy|run|get|use|make|do|have|know|power|generate|emit)(?![a-z]))"
)
_AGAIN = deferred(r"\s?\((?:soit|i\.?e\.?,?|or|about|environ|ou)?\s?")
_OF_SO_MANY = deferred(r"\s?(?:[x×*]|of|de|d'|a|at|=|soit|compte pour|counted as|,? i\.?e\.?,?)\s?")
_A_SINGLE = deferred(r"(?:an?|one|une?|1)(?: \w+)? ")
_OF_CONTRACT = deferred(r"[ -]?(?:reserved |term )?(?:commitment|contract|reservation|plan|term)(?![a-z])|[ -]committed|[ -]reserved")
_CONTRACT_OF = deferred(
    r"(?:engagement|contrat|reservation|reserve?(?:es?|s)?|commitment|contract|reserved)(?: (?:de|d'|sur|of|for|pour))? ?$"
)
_PARTS = deferred(r",? ?(?:and |et )?")
_A_YEAR = deferred(r"(?: [\w']+){0,3}?\s?(?:a|an|per|each|every|par|chaque|l')\s?(?:year|annee|an|month|mois)")
FLOWS = ("energy", "volume", "mass")
PRICES = ("price", "unit_price", "electricity_price", "input_price", "output_price")


def kept(reading: Reading) -> tuple[Quantity, ...]:
    """The quantities without those that were taken back, "24 $… no wait, 2.40 $", or said again: "a quarter (90 days)"."""
    gone: set[Quantity] = set()
    for first, second in pairwise(reading.quantities):
        same = DIMENSIONS.get(first.unit, first.unit) == DIMENSIONS.get(second.unit, second.unit)
        if (same or not first.unit) and _AGAIN.fullmatch(reading.folded[first.end : second.start]):
            gone.add(first)
        if DIMENSIONS.get(first.unit) == DIMENSIONS.get(second.unit) == "time" and _OF_SO_MANY.fullmatch(
            reading.folded[first.end : second.start]
        ):
            gone |= {first} if first.low == 1 or _A_SINGLE.match(reading.folded, first.start) else set()
        if (first.unit == "token" or DIMENSIONS.get(first.unit) in FLOWS) and _A_YEAR.fullmatch(reading.folded[first.end : second.end]):
            gone.add(second)  # "25 GWh a year" is an amount, not an amount and a year
    gone |= _committed(reading) | _spoken(reading)
    daily = _daily(reading)
    gone |= {*daily[1:]}
    for match in _TURNED.finditer(reading.folded):
        before = [quantity for quantity in reading.quantities if quantity.end <= match.start()]
        after = next((quantity for quantity in reading.quantities if quantity.start >= match.end()), None)
        gone |= {quantity for quantity in before[-1:] if after and after.unit in (quantity.unit, "") and after.start - match.end() < 24}
    return _summed(reading.folded, [*daily[:1], *(quantity for quantity in reading.quantities if quantity not in gone)])


_DAYS = deferred(r" ?[x×*] ?\d{1,4} ?(?:d|days?|j|jours?)(?![a-z])")
_A_DAY = deferred(r" ?(?:/|per |a |par |each |every |chaque )(?:day|jour|j)(?![a-z])")


def _daily(reading: Reading) -> list[Quantity]:
    """ "12 hours a day for 20 days": the hours of all these days, then the quantities that they are made of."""
    spans = (one for one in reading.quantities if one.unit == "hour" and one.low <= 24)
    hours = next((one for one in spans if _A_DAY.match(reading.folded, one.end) or _DAYS.match(reading.folded, one.end)), None)
    if hours is None:
        return []
    days = [one for one in reading.quantities if one.unit in ("day", "week", "month", "year") and one.low and one is not hours]
    inside = [one for one in days if one.start <= hours.end + 3 and one.unit == "day" and one.low == 1]
    over = next((one for one in days if one not in inside), None)
    return [hours.times(over.to("day").low, "hour"), hours, over, *inside] if over is not None and not hours.is_range else []


_PART = deferred(r"^(?: ?by |d'| de )a? ?(?:a|un) quart(?:er)?$")
_ALWAYS = deferred(r"24 ?h? ?(?:/|x|sur) ?(?:24|7) ?[hj]?(?![a-z0-9])|7 ?[dj]? ?(?:/|x|sur) ?7 ?[dj]?(?![a-z0-9])")


def _spoken(reading: Reading) -> set[Quantity]:
    """ "Rent 100 h100 4 10 days", "24/7": figures that stand for words."""
    always = [match.span() for match in _ALWAYS.finditer(reading.folded)] if "7" in reading.folded or "24" in reading.folded else []
    spoken = {one for one in reading.quantities if any(start <= one.start < end for start, end in always)}
    spoken |= {one for one in reading.quantities if one.unit == "month" and _PART.search(reading.folded[max(0, one.start - 4) : one.end])}
    bare = (one for one in reading.quantities if not one.unit and not one.is_range and reading.language == "en")
    return spoken | {
        one for one in bare if reading.folded[one.start : one.end].strip() in ("2", "4") and _TEXT_SPEAK.match(reading.folded, one.end)
    }


def _committed(reading: Reading) -> set[Quantity]:
    """ "90 days with a 3-year commitment": the years of a contract are no duration, where another one is given."""
    spans = [one for one in reading.quantities if DIMENSIONS.get(one.unit) == "time" and not one.per]
    ends = ((one, reading.folded[: one.start][-32:], reading.folded[one.end : one.end + 20]) for one in spans)
    found = {one for one, before, after in ends if _OF_CONTRACT.match(after) or _CONTRACT_OF.search(before)}
    return found if len(found) < len(spans) else set()


def _summed(folded: str, found: list[Quantity]) -> tuple[Quantity, ...]:
    """Durations in two parts are one: "3 weeks and 2 days", "1 h 30 min"."""
    kept: list[Quantity] = []
    for quantity in found:
        last = kept[-1] if kept else None
        if last and _counts_out(folded, last, quantity):
            kept[-1] = replace(quantity.times(last.low, quantity.unit), start=last.start)  # "3 months of 30 days", "20 days of 8 hours"
            continue
        timed = last and DIMENSIONS.get(last.unit) == DIMENSIONS.get(quantity.unit) == "time" and not last.per and not quantity.per
        if last and timed and last.unit != quantity.unit and _PARTS.fullmatch(folded[last.end : quantity.start]):
            whole = last.to(quantity.unit)
            kept[-1] = replace(quantity, low=quantity.low + whole.low, high=quantity.high + whole.high, start=last.start, readings=())
        else:
            kept.append(quantity)
    return tuple(kept)


def _counts_out(folded: str, many: Quantity, one: Quantity) -> bool:
    timed = DIMENSIONS.get(many.unit) == DIMENSIONS.get(one.unit) == "time" and not many.per and not one.per and not many.is_range
    return timed and TIMES.index(one.unit) < TIMES.index(many.unit) and bool(_OF_SO_MANY.fullmatch(folded[many.end : one.start]))


def servers(slots: Slots, reading: Reading) -> None:
    """ "3 nodes of 8 H100s", "two 8-GPU servers", "8 H100s per node, 3 nodes": the chips of all of them."""
    chips = [quantity for quantity in reading.quantities if quantity.unit == "GPU" and not quantity.is_range]
    counts = [quantity for quantity in reading.quantities if quantity.unit in ("", "times") and not quantity.is_range]
    for chip in chips:
        count = next((count for count in counts if _hold(reading.folded, count, chip)), None)
        if count and count.low >= 1 and slots.numbers.get("gpus") in (chip.low, None):
            slots.numbers["gpus"] = chip.low * count.low
            slots.spent |= {chip.low, count.low}
            slots.bare = [number for number in slots.bare if number != count.low]
            slots.twice = [name for name in slots.twice if name != "gpus"]
            return


def _hold(folded: str, count: Quantity, chip: Quantity) -> bool:
    between = folded[count.end : chip.start]
    if count.end <= chip.start and _HOLDS.fullmatch(between):
        return True
    if count.end <= chip.start and between.strip() in ("", "x", "×") and _BEFORE_NODE.match(folded, chip.end):
        return True
    return bool(_PER_NODE.match(folded, chip.end)) and bool(_BEFORE_NODE.match(folded, count.end))


AN_HOUR = deferred(r"\b(?:(?:per|an|one|each|every) hour|(?:par|une|chaque) heure|l'heure|hourly)\b")


def draws(slots: Slots, reading: Reading) -> bool:
    """ "What does an H100 use a year?": one chip, for the time that is named; whether it was so."""
    if not slots.chips or slots.numbers or slots.money or slots.models or not reading.has("draws", "energy"):
        return False
    named = (hours for pattern, hours in PERIODS if pattern.search(reading.folded))
    hours = next(named, 1.0 if AN_HOUR.search(reading.folded) else None)
    if hours:
        slots.numbers.update({"gpus": 1.0, "hours": hours})
    return bool(hours)


def discount(slots: Slots, reading: Reading) -> None:
    """A share taken off the price, or put on it by a tax."""
    prices = [name for name in PRICES if name in slots.numbers]
    for quantity in reading.quantities:
        if quantity.unit != "%" or quantity.is_range or not 0 < (share := abs(quantity.low)) < 100:
            continue
        around = reading.folded[max(0, quantity.start - 16) : quantity.start] + " | " + reading.folded[quantity.end : quantity.end + 24]
        dearer = _DEARER.match(reading.folded[quantity.end : quantity.end + 32])
        off = _OFF.search(around) or _LESS.match(reading.folded[quantity.end : quantity.end + 32])
        factor = 1 - share / 100 if off else 1 + share / 100 if _TAX.search(around) or dearer else 1.0
        if factor == 1.0 or not (prices or slots.money) or (reading.has("saving") and not prices):
            continue
        for name in prices:
            slots.numbers[name] = scaled(slots.numbers[name], factor)
        slots.money = [scaled(one, factor) for one in slots.money] if not prices else slots.money
        slots.twice = [name for name in slots.twice if name != "%"]
        slots.numbers.pop("divisor", None)
        slots.remarks.append(
            ("discounted" if factor < 1 else "dearer" if dearer else "taxed", reading.question[quantity.start : quantity.end].strip())
        )


CLAIMED = {"energy": "energy_kwh", "carbon": "carbon_t", "water": "water_l"}


def claimed(slots: Slots, metrics: list[str]) -> None:
    """A number of what is asked of a model's training is a claim to be checked beside the answer, and no input."""
    names = [CLAIMED[metric] for metric in metrics if metric in CLAIMED]
    if slots.models and slots.numbers and slots.numbers.keys() <= {*names}:
        slots.spent |= {highest(value) for value in slots.numbers.values()}
        slots.numbers.clear()


_EPOCHS = deferred(r"\s(?:full |whole |complete )?(?:epochs?|epoques?)(?![a-z])")


def trained_on(slots: Slots, metrics: list[str], reading: Reading) -> None:
    """What a model of so many parameters reads is what it is trained on, where its computation is asked for; each epoch reads it once."""
    numbers = slots.numbers
    asked = "compute" in metrics and "params" in numbers and not slots.api_models
    if asked and "input_tokens" in numbers and not {"tokens", "output_tokens"} & numbers.keys():
        numbers["tokens"] = numbers.pop("input_tokens")
    epochs = next((one for one in reading.quantities if not one.unit and _EPOCHS.match(reading.folded, one.end)), None)
    if epochs is not None and not epochs.is_range and "tokens" in numbers:
        numbers["tokens"] = scaled(numbers["tokens"], epochs.low)
        slots.bare = [value for value in slots.bare if value != epochs.low]
        slots.spent.add(epochs.low)
        slots.remarks.append(("epochs", reading.question[epochs.start : epochs.end].strip()))


def bounded(reading: Reading) -> list[Remark]:
    """Numbers that are said to be a floor or a ceiling, which the arithmetic takes at their value."""
    folded = reading.folded
    return [
        ("taken_at_value", reading.question[match.start() : quantity.end].strip())
        for quantity in reading.quantities
        if (match := _BOUND.search(folded, max(0, quantity.start - 18), quantity.start))
        and not quantity.is_range
        and not _MOVED_TO.search(folded, max(0, quantity.start - 30), quantity.start)
        and not (match[0].startswith("over") and DIMENSIONS.get(quantity.unit) == "time")  # "over 500 hours" is during them
    ][:1]


def unused(reading: Reading, slots: Slots, calls: list[Call]) -> list[Remark]:
    """Numbers of the question that no calculator took."""
    taken = {round_off(end) for call in calls for value in (*call.arguments.values(), call.target) for end in _ends(value)}
    factors = [1.0]
    if len(reading.quantities) <= FEW:
        factors += [quantity.low for quantity in reading.quantities]
        factors += [1 + sign * quantity.low / 100 for quantity in reading.quantities if quantity.unit == "%" for sign in (-1, 1)]
    left = []
    for quantity in kept(reading)[:MOST]:
        written = any(map(str.isdigit, reading.folded[quantity.start : quantity.end]))
        if written and quantity.low not in slots.spent and not _is_taken(quantity, taken, factors):
            left.append(quantity)
    return [("not_used", reading.question[quantity.start : quantity.end].strip(" ,")) for quantity in left[:3]]


FEW, MOST = 8, 12  # quantities that may be factors of one another; that are looked at


def _is_taken(quantity: Quantity, taken: set[float], factors: list[float]) -> bool:
    return any(round_off(value * factor) in taken for value in _meanings(quantity) for factor in factors)


def round_off(value: float) -> float:
    return float(f"{value:.6g}")


def _ends(value: object) -> Iterable[float]:
    if isinstance(value, Range):
        return (value.low, value.high)
    return (float(value),) if isinstance(value, (int, float)) and not isinstance(value, bool) else ()


def _meanings(quantity: Quantity) -> Iterator[float]:
    """The value in every unit that an input may be wanted in, and as a share, a rise or a divisor."""
    second = quantity.second or ()
    for value in (quantity.low, quantity.high, *quantity.readings, *second):
        yield value
        yield from (value * factor for factor in (1e-6, 1e-3, 1e3, 1e6))
        if quantity.unit == "%" and value not in (100, -100):
            yield from (value / 100, 1 + value / 100, 1 - value / 100, 1 / (1 - value / 100))
        for unit in ("hour", "year", "kWh", "kW", "tCO2e", "gCO2e", "L", "s"):
            try:
                yield units.convert(value, quantity.unit or "1", unit)
            except AitollError:
                continue
