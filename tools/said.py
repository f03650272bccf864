"""A number as people write it: "14.8 day", "30 days", "330..350 W/GPU", "70B", "2,50 $/h", "30 to 40 k$"."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from aitoll.tools import units
from aitoll.tools.errors import InvalidInput
from aitoll.tools.patterns import deferred


class Range(NamedTuple):
    """Two hard bounds that the user gave."""

    low: float
    high: float


SCALES = {
    1e3: "k thousand mille",
    1e6: "M mn million millions mio",
    1e9: "B bn billion milliard milliards Md Mds",
    1e12: "T tn trillion trillions",
}
SCALE = {word: factor for factor, words in SCALES.items() for word in words.split()}
#: other spellings of the symbols in `units`, lower case
SPELLINGS = {
    "hour": "h hr hrs hours heure heures",
    "day": "d days j jour jours",
    "week": "weeks wk wks semaine semaines",
    "month": "months mois",
    "year": "y yr yrs years an ans annee annees année années",
    "min": "minute minutes mins",
    "s": "sec second seconds seconde secondes",
    "USD": "$ us$ dollar dollars",
    "EUR": "€ euro euros",
    "%": "percent pourcent",
    "L": "l liter liters litre litres",
    "m3": "m³",
    "gal": "gallon gallons",
    "GPU": "gpus chip chips card cards puce puces carte cartes tpu tpus",
    "GPU-hour": "gpu-hours gpu-h gpuh chip-hour chip-hours tpu-hour tpu-hours",
    "token": "tokens jeton jetons",
    "Mtoken": "mtok mtokens",
    "FLOP": "flops ops",
    "gCO2e": "g gco2 gram grams gramme grammes",
    "kgCO2e": "kg kgco2 kilo kilos",
    "tCO2e": "t tco2 tonne tonnes",
    "ktCO2e": "kt",
    "MtCO2e": "mt",
    "lbCO2e": "lb lbs pound pounds",
    "1": "params parameters parametres paramètres questions question queries requests",
}
_NUMBER = r"[-+]?\d[\d_]*(?:[., \u00a0\u202f]\d+)*(?:[eE][-+]?\d+)?"
_END = rf"({_NUMBER})\s*([^\d\s.–-][^–]*?)??"
WRITTEN = deferred(rf"\s*{_END}\s*(?:(?:\.\.\.?|–|-|\bto\b|à)\s*{_END}\s*)?")
_BETWEEN = deferred(r"^\s*(?:between|from|entre|de)\s+(.{1,40}?)\s+(?:and|to|et|à)\s+(.{1,40})$")
_SIGN_FIRST = deferred(rf"([$€])\s*({_NUMBER})\s*({'|'.join(sorted(SCALE, key=len, reverse=True))})?(?![A-Za-z])")


def in_unit(said: Any, unit: str) -> Any:
    """What was said for a number, as a number or a `Range` in this unit; what is no such text is returned as it is."""
    if isinstance(said, list | tuple) and len(said) == 2:
        return Range(*(_number(in_unit(end, unit)) for end in said))
    if not isinstance(said, str):
        return said
    written = WRITTEN.fullmatch(_SIGN_FIRST.sub(r"\2\3 \1", _BETWEEN.sub(r"\1..\2", said)))
    if not written:
        return said
    first, own, second, last = (part or "" for part in written.groups())
    if not second:
        return _converted(first, own, unit)
    return Range(_converted(first, own or last, unit), _converted(second, last or own, unit))


def _number(said: Any) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise ValueError("no number")
    return float(said)


def _converted(digits: str, rest: str, unit: str) -> float:
    number = plain(digits)
    factor, written = scaled(rest.strip(), unit)
    return number * factor if not written else units.convert(number * factor, written, unit)


def plain(digits: str) -> float:
    """ "30_000", "30,000" and "30 000" are one; "2,5" has a decimal comma."""
    bare = re.sub(r"[_\u00a0\u202f ]", "", digits)
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        return float(bare.replace(",", ""))
    return float(bare.replace(",", ".")) if bare.count(",") == 1 and "." not in bare else float(bare)


def scaled(rest: str, unit: str) -> tuple[float, str]:
    """ "k$" is thousand dollars, "15T" trillions, "MW" megawatts: a fitting unit wins over a scale. The unit is empty where none is."""
    own = _unit(rest, unit)
    if not rest or _fits(own, unit):
        return 1.0, own
    for word in sorted(SCALE, key=len, reverse=True):
        after = rest.removeprefix(word)
        if after == rest or (len(word) > 2 and after[:1].isalpha()):
            continue
        if not after.strip():
            return SCALE[word], ""
        if found := _unit(after.strip(), unit):
            return SCALE[word], found
    if not own:
        raise InvalidInput(field="unit", value=repr(rest), allowed=f"a unit such as {unit}")
    return 1.0, own


def _fits(written: str, unit: str) -> bool:
    return bool(written) and units.measure(written)[0] == units.measure(unit)[0]


@cache
def _unit(written: str, wanted: str) -> str:
    """The symbols of a unit as it is written, empty for none; made whole where it leaves out what the wanted one has: "$/h" of one GPU, and
    "$" of whatever the price is of. Not of a token: prices of tokens are said of a million.
    """
    parts = [_symbol(part.strip()) for part in re.split(r"[/]|\b(?:per|par)\b", written)]
    spelt = "/".join(parts)
    if not all(parts) or not _known(spelt):
        return ""
    of = wanted.partition("/")[2] if spelt in ("USD", "EUR") and "token" not in wanted else "GPU"
    return next((whole for whole in (spelt, f"{spelt}/GPU", f"{spelt}/{of or 'GPU'}") if _fits(whole, wanted)), spelt)


def _symbol(written: str) -> str:
    if not written or written in units.UNITS or "*" in written:
        return written
    lower = written.lower()
    spelt = next((symbol for symbol, words in SPELLINGS.items() if lower in words.split()), "")
    alike = [symbol for symbol in units.UNITS if symbol.lower() == lower]
    return spelt or (alike[0] if len(alike) == 1 else "")


def _known(unit: str) -> bool:
    try:
        units.measure(unit)
    except InvalidInput:
        return False
    return True
