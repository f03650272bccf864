"""Numbers as they are read: the language's own marks, a fitting scale, the precision that the interval deserves."""

from __future__ import annotations

import math
from typing import Literal

from aitoll.tools import units

Language = Literal["fr", "en"]
THIN = "\u202f"
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

#: unit of a figure → scaled units to show it in, smallest first: (from how much, factor, written fr, written en)
_SCALES: dict[str, tuple[tuple[float, float, str, str], ...]] = {
    "kWh": ((0, 1e-3, "Wh", "Wh"), (1, 1, "kWh", "kWh"), (1e4, 1e3, "MWh", "MWh"), (1e7, 1e6, "GWh", "GWh"), (1e10, 1e9, "TWh", "TWh")),
    "kW": ((0, 1e-3, "W", "W"), (1, 1, "kW", "kW"), (1e4, 1e3, "MW", "MW"), (1e7, 1e6, "GW", "GW")),
    "tCO2e": (
        (0, 1e-6, "g CO2e", "g CO2e"),
        (1e-3, 1e-3, "kg CO2e", "kg CO2e"),
        (1, 1, "t CO2e", "t CO2e"),
        (1e7, 1e6, "Mt CO2e", "Mt CO2e"),
    ),
    "kgCO2e": ((0, 1e-3, "g CO2e", "g CO2e"), (1, 1, "kg CO2e", "kg CO2e"), (1e4, 1e3, "t CO2e", "t CO2e")),
    "gCO2e": ((0, 1, "g CO2e", "g CO2e"), (1e3, 1e3, "kg CO2e", "kg CO2e"), (1e6, 1e6, "t CO2e", "t CO2e")),
    "L": ((0, 1e-3, "mL", "mL"), (1, 1, "L", "L"), (1e4, 1e3, "m³", "m³")),
    "m3": ((0, 1e-3, "L", "L"), (1, 1, "m³", "m³")),
    "hour": ((0, 1, "heures", "hours"), (72, 24, "jours", "days"), (24 * 800, 8766, "ans", "years")),
    "FLOP/s": ((0, 1e12, "TFLOP/s", "TFLOP/s"), (1e16, 1e15, "PFLOP/s", "PFLOP/s")),
    "FLOP/s/GPU": ((0, 1e12, "TFLOP/s par GPU", "TFLOP/s per GPU"),),
}
_MONEY = {"USD": "$", "EUR": "€"}
_WRITTEN = {
    "GPU-hour": ("heures GPU", "GPU-hours"),
    "GPU": ("GPU", "GPUs"),
    "day": ("jours", "days"),
    "year": ("ans", "years"),
    "token": ("tokens", "tokens"),
    "FLOP": ("FLOP", "FLOP"),
    "gCO2e/kWh": ("g CO2e/kWh", "g CO2e/kWh"),
    "L/kWh": ("L/kWh", "L/kWh"),
    "kW/GPU": ("kW par GPU", "kW per GPU"),
    "1": ("", ""),
    "USD/EUR": ("dollar par euro", "dollars per euro"),
    "FLOP/token": ("FLOP par token", "FLOP per token"),
    "kgCO2e/GPU": ("kg CO2e par GPU", "kg CO2e per GPU"),
    "1/year": ("par an", "per year"),
}
_PER = {
    "GPU-hour": ("heure GPU", "GPU-hour"),
    "GPU": ("GPU", "GPU"),
    "kWh": ("kWh", "kWh"),
    "token": ("token", "token"),
    "year": ("an", "year"),
    "EUR": ("€", "€"),
    "tCO2e": ("t CO2e", "t CO2e"),
}
_BIG = ((1e15, "e15"), (1e12, "e12"), (1e9, "e9"), (1e6, "e6"))
_BIG_WORDS = {"e6": ("millions", "million"), "e9": ("milliards", "billion"), "e12": ("", "trillion")}


MOST_TO_THE_DOLLAR = 1e9  # above, nobody counts single ones


def digits_deserved(value: float, low: float | None, high: float | None, unit: str = "") -> int:
    """Two digits for a wide interval, three for a narrow one; for none, four, and every dollar of a sum."""
    if unit == "GPU" and value == int(value) and abs(value) < 1e6:
        return 6  # a count of whole things, never rounded up past what it stands for
    if low is None or high is None or value == 0:
        return 3
    if low == high:
        return 7 if unit in ("GPU", "GPU-hour") or (unit in _MONEY and abs(value) < MOST_TO_THE_DOLLAR) else 4
    leading = abs(value) / 10.0 ** math.floor(math.log10(abs(value)))
    return 2 if high - low > 0.04 * abs(value) and leading >= 2 else 3


def plain(value: float, language: Language, digits: int = 6) -> str:
    """A bare number: "1 234,5" or "1,234.5"; very large or small ones as a power of ten."""
    if value and (abs(value) >= 1e15 or abs(value) < 1e-4):
        return _power(value, language, min(digits, 4))
    digits = _shown(value, digits)
    rounded = _round(value, digits)
    decimals = max(0, min(12, digits - 1 - (math.floor(math.log10(abs(rounded))) if rounded else 0)))
    text = f"{rounded:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if language == "fr":
        return text.replace(",", THIN).replace(".", ",").replace("-", "\u2212") if abs(rounded) >= 0 else text
    return text


def _shown(value: float, digits: int) -> int:
    """Two digits of 1.35 would be off by 4 %: a number that begins with 1 has one more."""
    return 3 if digits == 2 and value and abs(value) / 10.0 ** math.floor(math.log10(abs(value))) < 2 else digits


def _round(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _power(value: float, language: Language, digits: int) -> str:
    exponent = math.floor(math.log10(abs(value)))
    mantissa = _round(value / 10.0**exponent, digits)
    if abs(mantissa) >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    text = f"{mantissa:.{digits - 1}f}".rstrip("0").rstrip(".")
    if language == "fr":
        text = text.replace(".", ",")
    return f"{text} × 10{str(exponent).translate(SUPERSCRIPT)}"


def quantity(value: float, unit: str, language: Language, digits: int = 6) -> str:
    """A number with its unit, in the scale that reads best."""
    if unit in _MONEY:
        return _money(value, unit, language, digits)
    if unit == "USD/token":
        millions = _money(value * 1e6, "USD", language, digits)
        return f"{millions} {'par million de tokens' if language == 'fr' else 'per million tokens'}"
    if unit in _SCALES:
        return _scaled(value, unit, language, digits)
    if unit == "token" and abs(value) >= 1e6:
        return f"{_worded(value, language, digits)} {'de ' if language == 'fr' else ''}tokens"
    numerator, denominator = units.parts(unit)
    if numerator in _MONEY and denominator in _PER and unit not in _WRITTEN and 1 <= abs(value) < 1e3:
        return f"{_priced(value, numerator, language, digits)}/{_PER[denominator][language == 'en']}"
    if numerator in (*_MONEY, "kWh", "L") and denominator in _PER and unit not in _WRITTEN:
        return f"{quantity(value, numerator, language, digits)}/{_PER[denominator][language == 'en']}"
    written = _WRITTEN.get(unit, (unit, unit))[language == "en"]
    if unit == "GPU" and value == 1:
        written = "GPU"
    if unit == "1" and abs(value) >= 1e9:
        return _worded(value, language, digits)
    if unit == "GPU-hour" and abs(value) < 2:
        written = "heure GPU" if language == "fr" else "GPU-hour"
    gap = THIN if language == "fr" and len(written) <= 4 else " "
    return f"{plain(value, language, digits)}{gap}{written}".rstrip()


def _scaled(value: float, unit: str, language: Language, digits: int) -> str:
    _, factor, french, english = [scale for scale in _SCALES[unit] if abs(value) >= scale[0]][-1]
    gap = THIN if language == "fr" and len(french) <= 4 else " "
    return f"{plain(value / factor, language, digits)}{gap}{french if language == 'fr' else english}"


def _priced(value: float, unit: str, language: Language, digits: int) -> str:
    """The price of one, which is multiplied: no digit of it is dropped at the cent."""
    return _signed(_with_cents(plain(value, language, digits), language), unit, language)


def _money(value: float, unit: str, language: Language, digits: int) -> str:
    rounded = _round(value, digits)
    if 1e6 <= abs(value) < MOST_TO_THE_DOLLAR and rounded % 1000:  # as millions it would have more decimals than one can read
        return _signed(plain(rounded, language, 12), unit, language)
    if abs(value) >= 1e6:
        number = _worded(value, language, digits)
        return f"{number} de {'dollars' if unit == 'USD' else 'euros'}" if language == "fr" else f"{_MONEY[unit]}{number}"
    cents = 3 + math.floor(math.log10(abs(value))) if abs(value) >= 1 else digits  # digits down to the cent
    return _signed(_with_cents(plain(value, language, min(digits, cents)), language), unit, language)


def _with_cents(number: str, language: Language) -> str:
    """A sum has two decimals, or none."""
    decimals = number.partition("," if language == "fr" else ".")[2]
    return f"{number}0" if len(decimals) == 1 and decimals.isdigit() else number


def _signed(number: str, unit: str, language: Language) -> str:
    return f"{number}{THIN}{_MONEY[unit]}" if language == "fr" else f"{_MONEY[unit]}{number}"


def _worded(value: float, language: Language, digits: int) -> str:
    for size, name in _BIG[1:]:
        if not _BIG_WORDS[name][language == "en"]:  # French counts thousands of milliards
            continue
        if abs(value) >= size * 0.9999999:
            number = _round(value / size, digits)
            words = _BIG_WORDS[name]
            if number >= 1e5:
                break
            singular = language == "fr" and abs(number) < 2
            return f"{plain(number, language, digits)} {words[0].rstrip('s') if singular else words[language == 'en']}"
    return plain(value, language, digits)


def share(value: float, language: Language) -> str:
    percent = plain(_round(100 * value, 2), language, 3)
    return f"{percent}{THIN}%" if language == "fr" else f"{percent}%"
