"""The inputs of the calculators as people say them: for each, values to draw and the units to write them in."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from tests.questions.bank import HERE
from tests.questions.writing import Written, between, number

if TYPE_CHECKING:
    from random import Random


class Kind(NamedTuple):
    """Numbers to draw, by the factor to the calculator's unit, with the forms of that unit."""

    values: list[float]
    factor: float
    fr: list[str]
    en: list[str]
    letters: str = ""
    range: tuple[float, float] | None = None


class Drawn(NamedTuple):
    """A kind of unit and the two ends of a value in it, the same where it is no range."""

    kind: Kind
    low: float
    high: float


@cache
def inputs() -> dict[str, list[Kind]]:
    found = yaml.safe_load((HERE / "amounts.yaml").read_text("utf-8"))
    return {name: [Kind(**kind) for kind in kinds] for name, kinds in found.items()}


def draw(name: str, random: Random, *, ranged: bool) -> Drawn:
    first = inputs()[name][0]
    if ranged and first.range:
        return Drawn(first, *first.range)
    kind = random.choice(inputs()[name])
    value = float(random.choice(kind.values))
    return Drawn(kind, value, value)


def say(drawn: Drawn, lang: str, random: Random) -> Written:
    """The value with its unit, as one of the language's forms; values are in the calculator's unit."""
    kind, low, high = drawn
    form = random.choice(kind.fr if lang == "fr" else kind.en)
    before, _, unit = form.partition("{n}")
    worded = not before.endswith("$") and (not unit or re.match(r"[a-zé]{4,}", unit.strip()) is not None)
    found = number(low, lang, random, kind.letters, worded=worded) if low == high else between(low, high, lang, random)
    text = _joined(form, found.text, linked=found.linked)
    return Written(text, found.value * kind.factor, low * kind.factor, high * kind.factor)


def _joined(form: str, text: str, *, linked: bool) -> str:
    """ "2 millions d'heures GPU", "$1.5M" and "30 to 40 dollars each"; a sign before a range stands before its first number."""
    sign, _, unit = form.partition("{n}")
    if linked and unit.strip()[:1].isalpha():
        joint = " d'" if unit.strip()[0] in "aeiouhé" else " de "
        return f"{sign}{text}{joint}{unit.strip()}"
    if sign in ("$", "€") and (not text[0].isdigit() or " to " in text):
        return re.sub(r"(?<![\d.,])(?=\d)", sign, text) + unit
    return form.replace("{n}", text)


def plain(value: Any) -> Any:
    """A number without the noise of its factor."""
    return float(f"{value:.12g}") if isinstance(value, float) else value
