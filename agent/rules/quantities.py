"""Numbers with their units: "512 H100s", "2,50 $/h", "entre 30 et 40 k$ pièce", "±10 %", "trois semaines"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aitoll.agent.rules.lending import lent
from aitoll.agent.rules.numbers import Number, find_numbers, find_words
from aitoll.agent.rules.ranges import ranges, spread
from aitoll.agent.rules.vocabulary import divides, led_pattern, per_pattern, per_unit, unit_names, unit_pattern
from aitoll.tools import units
from aitoll.tools.patterns import deferred

CHIP, MODEL, PLACE, SYSTEM = "\ue001", "\ue002", "\ue003", "\ue004"  # a name in the text, letter for letter
SCALED = {
    "GPU-day": (24.0, "GPU-hour"),
    "cent": (0.01, "USD"),
    "centime": (0.01, "EUR"),
    "hL": (100.0, "L"),
    "fortnight": (14.0, "day"),
    "quarter": (3.0, "month"),
    "semester": (6.0, "month"),
    "decade": (10.0, "year"),
    **{f"{letter}FLOP": (factor, "FLOP") for letter, factor in (("T", 1e12), ("P", 1e15), ("E", 1e18), ("Z", 1e21), ("Y", 1e24))},
    "TFLOP/s": (1e12, "FLOP/s"),
    "PFLOP/s": (1e15, "FLOP/s"),
}
LED = ("USD", "EUR", "gCO2e", "kgCO2e", "L", "mL", "cL", "W", "kW", "Wh", "kWh", "J")
COUNTABLE = ("token", "param", "question", "GPU", "USD", "EUR", "FLOP", "GPU-hour")
PLAIN = {"param": "1", "question": "1", "times": "1", "person": "1"}
MASKS = {"accelerators": CHIP, "models": MODEL, "grids": PLACE, "facilities": PLACE, "inference": SYSTEM}

_MONEY_BEFORE = deferred(r"(?:us\$|\$|€|usd|eur)\s?$")
_EACH = deferred(r"\s?(?:(?:la |l'|par |per |a )?(?:each|apiece|chacune?s?|piece|unite|unit|une?(?= |$))|(?:la )?(?:carte|puce))(?![a-z])")


@dataclass(frozen=True)
class Quantity:
    """A number or a range with its unit; `per` is what it is divided by ("hour", "GPU", "question")."""

    low: float
    high: float
    unit: str  # "" where none is written
    per: str
    start: int
    end: int
    readings: tuple[float, ...] = ()
    scaled: bool = False
    factor: float = 1.0
    divided: str = ""  # what it is divided by, as it is written
    second: tuple[float, float] | None = None  # the ends of a range in the other reading of its digits

    @property
    def value(self) -> float:
        return (self.low + self.high) / 2

    @property
    def is_range(self) -> bool:
        return self.low != self.high

    def times(self, factor: float, unit: str) -> Quantity:
        second = (self.second[0] * factor, self.second[1] * factor) if self.second else None
        values = tuple(value * factor for value in self.readings)
        return replace(self, low=self.low * factor, high=self.high * factor, unit=unit, readings=values, second=second)

    def to(self, unit: str) -> Quantity:
        """In another unit of the same dimension."""
        return self.times(units.convert(1.0, PLAIN.get(self.unit, self.unit), unit), unit)


def find_quantities(text: str, folded: str, language: str) -> list[Quantity]:
    """All quantities of a text in which names have been masked; numbers that form a range are one."""
    numbers = _merge(find_numbers(folded, language), find_words(folded, language))
    single = [_quantity(text, folded, number) for number in numbers]
    found = lent(
        folded, _apart([_shared(folded, quantity) for quantity in ranges(folded, [spread(folded, quantity) for quantity in single])])
    )
    return [_led_by(folded, quantity) if quantity.is_range and quantity.unit and not quantity.per else quantity for quantity in found]


def _apart(found: list[Quantity]) -> list[Quantity]:
    """Without the word that has become part of the quantity after it."""
    return [one for one in found if not any(other is not one and other.start <= one.start < one.end <= other.end for other in found)]


def _led_by(folded: str, quantity: Quantity) -> Quantity:
    per, written = _led(folded, quantity.start, quantity.unit)
    return replace(quantity, per=per, divided=written) if per else quantity


def _merge(digits: list[Number], words: list[Number]) -> list[Number]:
    taken = [(number.start, number.end) for number in digits]
    free = [number for number in words if not any(number.start < end and start < number.end for start, end in taken)]
    return sorted([*digits, *free], key=lambda number: number.start)


def _quantity(text: str, folded: str, number: Number) -> Quantity:
    number = _and_half(folded, _unglued(text, folded, number))
    unit, end = _unit_after(folded, number)
    if unit == "tCO2e" and folded[end - 1] == "t" and text[end - 1] == "T":  # 15 T tokens
        unit, end, number = _trillions(folded, number, end)
    before = _MONEY_BEFORE.search(folded, max(0, number.start - 5), number.start)
    if before:
        unit, end = ("EUR" if "€" in before[0] or "eur" in before[0] else "USD"), number.end
    if not unit and _CROSS_BEFORE.search(folded, max(0, number.start - 2), number.start):
        unit = "times"  # "x2.4 a year"
    factor, unit = SCALED.get(unit, (1.0, unit))
    start = before.start() if before else number.start
    per, last = _per(folded, end, unit)
    written = folded[end:last]
    if unit and not per:
        per, written = _led(folded, start, unit)
    half = _AND_HALF.match(folded, last)
    last = half.end() if half else last
    values = tuple((value + 0.5 * bool(half)) * factor for value in number.readings)
    return Quantity(values[0], values[0], unit, per, start, last, values, number.scaled, number.factor, written)


_CROSS_BEFORE = deferred(r"(?:^|[^a-z0-9])[x×]$")


def _and_half(folded: str, number: Number) -> Number:
    """ "2 millions et demi", "two and a half": half of the last word of the number."""
    match = _AND_HALF.match(folded, number.end)
    return replace(number, end=match.end(), readings=tuple(value + number.factor / 2 for value in number.readings)) if match else number


_SHARE = deferred(
    r"(?:(?P<half>half|la moitie|moitie)|(?P<third>a third|one third|un tiers|le tiers)|(?P<quarter>a quarter|un quart|le quart)"
    r"|(?P<twice>twice|double|le double|deux fois)|(?P<thrice>triple|three times|le triple|trois fois))"
    r"(?: of| de| d'| the| les?| as (?:many|much) as)*\s$"
)
SHARES = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "twice": 2.0, "thrice": 3.0}


def _shared(folded: str, quantity: Quantity) -> Quantity:
    """ "Half of 10,000 H100s", "twice as many as 500"."""
    match = _SHARE.search(folded, max(0, quantity.start - 28), quantity.start)
    if not match or quantity.unit in ("%", "times"):
        return quantity
    factor = SHARES[str(match.lastgroup)]
    return replace(quantity.times(factor, quantity.unit), start=match.start())


_AND_HALF = deferred(r" (?:et demie?|and a half)(?![a-z])")
_HALF = deferred(r"(?:half|demi|demie)$")
_ARTICLE = deferred(r"(?: of)? (?:an?|une?)(?= )")
_CROSSED = deferred(rf"\s?[x×*]\s?(?={CHIP})")
_NAMED_UNIT = deferred("(?:\\s(?:de |of )?[\ue002\ue003\ue004]+)(?=\\s)")


def _unit_after(folded: str, number: Number) -> tuple[str, int]:
    """The unit right after a number; "8x H100" counts chips, "1 million Gemini prompts" prompts, "half a litre" litres."""
    start = number.end
    if _HALF.search(folded, max(0, start - 5), start) and (article := _ARTICLE.match(folded, start)):
        start = article.end()
    if crossed := _CROSSED.match(folded, start):  # "8×H100"
        return _match_unit(folded, crossed.end())
    found = _match_unit(folded, start)
    if found[0] == "times" and (chips := _match_unit(folded, found[1]))[0] == "GPU":
        return chips
    if found[0]:
        return found
    if (name := _NAMED_UNIT.match(folded, start)) and (counted := _match_unit(folded, name.end()))[0] in ("question", "token"):
        return counted
    return "", number.end


def _match_unit(folded: str, at: int) -> tuple[str, int]:
    match = unit_pattern().match(folded, at)
    return (unit_names()[match.lastindex - 1], match.end()) if match and match.lastindex else ("", at)


_EACH_TAKES = deferred(
    r"(?<![a-z])(?:each|every|chacune?|one|l'une)(?: of them| one)? (?:uses?|takes?|consumes?|needs?|costs?|requires?|draws?|emits?"
    r"|consomm\w+|utilis\w+|prend|prenne|demand\w+|coute|emet\w*) (?:about |around |environ |roughly |d'environ )?$"
    r"|(?:consomm|utilis|prenn|demand|cout|emett)\w+ (?:chacune?|l'une) (?:environ )?$"
)


def _led(folded: str, start: int, unit: str) -> tuple[str, str]:
    """What stands before: "each kWh emits 400 g", "le GPU à 30 000 $", "if each uses 3 mL"."""
    window = folded[max(0, start - 40) : start]
    if divides(unit, "question") and unit not in ("USD", "EUR") and (each := _EACH_TAKES.search(window)):
        return "question", each[0]
    match = led_pattern().search(window) if unit in LED else None
    per = per_unit(match["unit"] or match["counted"] or match["each"] or match["bare"]) if match else ""
    return (per, match[0]) if match and per not in ("year", "month", "day") and divides(unit, per) else ("", "")


def _unglued(text: str, folded: str, number: Number) -> Number:
    """ "10 t" and "57 g" are a mass, "3 m" no million: a lone small letter after a space is a unit, not a scale."""
    if not number.glued:
        return number
    letter = text[number.end - 1]
    apart = folded[number.end - 2] == " "
    money = bool(_MONEY_BEFORE.search(folded, max(0, number.start - 5), number.start)) or folded[number.end : number.end + 1] in "$€"
    counted = _match_unit(folded, number.end)[0] in COUNTABLE
    if (
        (letter in "tg" and not (money or (counted and not apart)))
        or (letter in "mbp" and apart and not money and not counted)
        or (letter == "G" and apart)
    ):
        end = number.end - 2 if apart else number.end - 1
        values = tuple(value / number.factor for value in number.readings)
        return replace(number, readings=values, end=end, scaled=False, glued="", factor=1.0)
    return number


def _trillions(folded: str, number: Number, end: int) -> tuple[str, int, Number]:
    unit, last = _match_unit(folded, end)
    if unit in ("token", "USD", "param", "FLOP"):
        return unit, last, replace(number, readings=tuple(value * 1e12 for value in number.readings), scaled=True, factor=1e12)
    return "tCO2e", end, number


#: what is measured, between the amount and what it is of: "0.26 mL of water a prompt"
_SUBSTANCE = deferred(
    r" (?:(?:of |de |d')(?:eau|water|electricite|electricity|energie|energy|power|courant|carbone?|gas|gaz)|co2e?)(?![a-z0-9])"
)


#: "$29,500 GPUs": what each of them costs
_OF_CHIPS = deferred(r"\s(?:gpus|chips|cards|accelerators|\ue001+s?)(?![a-z-]| ?h)")


def _per(folded: str, end: int, unit: str) -> tuple[str, int]:
    if not unit:
        return "", end
    each = _EACH.match(folded, end)
    if each and unit in ("USD", "EUR", "W", "kW", "FLOP/s"):
        return "GPU", each.end()
    if each and unit in ("Wh", "kWh", "L", "mL", "gCO2e", "J"):
        return "question", each.end()
    if unit in ("USD", "EUR") and _OF_CHIPS.match(folded, end):
        return "GPU", end
    substance = _SUBSTANCE.match(folded, end)
    match = per_pattern().match(folded, substance.end() if substance else end)
    if not match or (
        unit in ("hour", "day", "week", "month", "year", "GPU-hour", "GPU") and match["unit"] not in ("day", "jour", "jours", "days")
    ):
        return "", end
    found = per_unit(match["unit"])
    if unit in ("GPU", "token", "param") and not (unit == "token" and found in ("day", "month", "year")):
        return "", end
    if match["also"]:
        found = "GPU-hour" if {found, "GPU" if match["also"][0] != "h" else "hour"} >= {"hour", "GPU"} else found
    if not divides(unit, found):
        return "", end
    return found, match.end()
