"""Every way of writing a quantity, in both languages: what people type for 30 000 GPUs, 2.50 $/h or 15T tokens."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import NamedTuple

from tests.questions.bank import pools

NARROW, HARD = "\u202f", "\u00a0"
SCALES = {"en": ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")), "fr": ((1e9, "milliard"), (1e6, "million"))}
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@cache
def words() -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = pools()["words"]
    return found


class Written(NamedTuple):
    """A number or a range as a text, with what it means."""

    text: str
    value: float
    low: float
    high: float
    linked: bool = False  # ends in "millions": French links it to its unit with "de"


def grouped(value: float, mark: str, decimal: str) -> str:
    whole, _, rest = f"{value:.10g}".partition(".") if value < 1e10 else (f"{value:.0f}", "", "")
    digits = f"{int(whole):,}".replace(",", mark)
    return digits + (decimal + rest if rest else "")


def own_format(value: float, lang: str, random: Random) -> str:
    """As the language writes it, with or without its marks of thousands."""
    decimal = "," if lang == "fr" else "."
    mark = random.choice([" ", HARD, NARROW, ""] if lang == "fr" else [",", ",", ""])
    return grouped(value, mark, decimal)


def other_format(value: float, lang: str, random: Random) -> str:
    """As a neighbour writes it, where that can be told: no lone group of three after one mark."""
    decimal = "." if lang == "fr" else ","
    text = grouped(value, "'" if random.random() < 0.3 else "", decimal)
    tail = text.partition(decimal)[2]
    return own_format(value, lang, random) if len(tail) == 3 else text


def scaled(value: float, lang: str) -> str:
    """ "1.2 million", "15 000 milliards"."""
    factor, word = next((scale for scale in SCALES[lang] if value >= scale[0]), (1.0, ""))
    many = value / factor
    plural = "s" if lang == "fr" and word and many >= 2 else ""
    return f"{grouped(many, ' ' if lang == 'fr' else ',', ',' if lang == 'fr' else '.')} {word}{plural}"


def short(value: float, lang: str, letters: str) -> str:
    """ "30k", "1.2M", "70B"."""
    factor = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
    letter = next((letter for letter in reversed(letters) if value >= factor[letter]), "")
    many = value / factor[letter] if letter else value
    if many >= 1000 or len(f"{many:.10g}") > 5:
        return own_format(value, lang, Random(1))
    return grouped(many, "", "," if lang == "fr" else ".") + letter


def scientific(value: float, lang: str, random: Random) -> str:
    """ "3.14e23", "3,14×10²³", "3.14 x 10^23"."""
    mantissa, _, power = f"{value:.3e}".partition("e")
    digits, exponent = f"{float(mantissa):g}", str(int(power))
    own = digits.replace(".", ",") if lang == "fr" else digits
    return random.choice([f"{digits}e{exponent}", f"{own}×10{exponent.translate(SUPERSCRIPTS)}", f"{own} x 10^{exponent}"])


def number(value: float, lang: str, random: Random, letters: str = "", *, worded: bool = True) -> Written:
    """One of the ways of writing this number; none in words after a sign such as "$"."""
    if value >= 1e16:
        return Written(scientific(value, lang, random), value, value, value)
    ways = [(own_format(value, lang, random), False)]
    if value < 1e9:
        ways.append((other_format(value, lang, random), False))
    if worded and value in words()[lang]:
        ways.append((words()[lang][int(value)], False))
    if value >= 1e6:
        ways = [(scaled(value, lang), lang == "fr")] * 2 + (ways if value < 1e9 else [])
    if letters and value >= 1e3:
        ways.append((short(value, lang, letters), False))
    text, linked = random.choice(ways)
    return Written(text, value, value, value, linked)


def between(low: float, high: float, lang: str, random: Random) -> Written:
    """One of the ways of writing a range; both ends in the same format."""
    first, last = (own_format(end, lang, Random(1)) if end < 1e6 else scaled(end, lang) for end in (low, high))
    english = [f"{first} to {last}", f"between {first} and {last}", f"from {first} to {last}"]
    french = [f"{first} à {last}", f"entre {first} et {last}", f"de {first} à {last}"]
    linked = lang == "fr" and high >= 1e6
    return Written(random.choice(french if lang == "fr" else english), (low + high) / 2, low, high, linked)
