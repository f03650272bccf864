"""The one small table of units: symbol, dimension, factor to the dimension's base.

The figures of an Answer use the unscaled symbols only (the contract's list, or a quotient of two of them);
scaled ones (MWh, mL, kt) are for reading and for texts. Proved against pint in the tests.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from aitoll.tools.errors import InvalidInput

UNITS: dict[str, tuple[str, float]] = {
    "1": ("number", 1.0),
    "%": ("number", 0.01),
    "USD": ("USD", 1.0),
    "EUR": ("EUR", 1.0),
    "Wh": ("energy", 1e-3),
    "kWh": ("energy", 1.0),
    "MWh": ("energy", 1e3),
    "GWh": ("energy", 1e6),
    "TWh": ("energy", 1e9),
    "J": ("energy", 1 / 3.6e6),
    "kJ": ("energy", 1 / 3.6e3),
    "MJ": ("energy", 1 / 3.6),
    "GJ": ("energy", 1e3 / 3.6),
    "W": ("power", 1e-3),
    "kW": ("power", 1.0),
    "MW": ("power", 1e3),
    "GW": ("power", 1e6),
    "gCO2e": ("carbon", 1e-6),
    "kgCO2e": ("carbon", 1e-3),
    "tCO2e": ("carbon", 1.0),
    "ktCO2e": ("carbon", 1e3),
    "MtCO2e": ("carbon", 1e6),
    "lbCO2e": ("carbon", 0.45359237e-3),
    "mL": ("volume", 1e-3),
    "cL": ("volume", 1e-2),
    "L": ("volume", 1.0),
    "ML": ("volume", 1e6),
    "m3": ("volume", 1e3),
    "gal": ("volume", 3.785411784),
    "FLOP": ("compute", 1.0),
    "TFLOP": ("compute", 1e12),
    "PFLOP": ("compute", 1e15),
    "s": ("time", 1 / 3600),
    "min": ("time", 1 / 60),
    "hour": ("time", 1.0),
    "day": ("time", 24.0),
    "week": ("time", 168.0),
    "month": ("time", 730.5),
    "year": ("time", 8766.0),
    "GPU": ("chips", 1.0),
    "GPU-hour": ("chip-time", 1.0),
    "GPU-second": ("chip-time", 1 / 3600),
    "token": ("tokens", 1.0),
    "Mtoken": ("tokens", 1e6),
}

#: What a figure of the contract may be measured in, before quotients.
CONTRACT = (
    "USD",
    "EUR",
    "kWh",
    "kW",
    "tCO2e",
    "kgCO2e",
    "gCO2e",
    "L",
    "m3",
    "FLOP",
    "FLOP/s",
    "GPU-hour",
    "GPU",
    "hour",
    "day",
    "year",
    "token",
    "1",
)


def parts(unit: str) -> tuple[str, str]:
    """Numerator and denominator: 'FLOP/s/GPU' is 'FLOP/s' over 'GPU', 'kWh' is over '1'."""
    numerator, _, denominator = unit.rpartition("/")
    return (numerator, denominator) if numerator else (unit, "1")


#: what a dimension is made of, where it is not one of its own
MADE_OF = {"number": {}, "power": {"energy": 1, "time": -1}, "chip-time": {"chips": 1, "time": 1}}


@cache
def measure(unit: str) -> tuple[str, float]:
    """Dimension, as "USD/chips*time", and factor to its base; products of units are written with `*`."""
    powers: Counter[str] = Counter()
    factor = 1.0
    for place, part in enumerate(unit.split("/")):
        sign = -1 if place else 1
        for symbol in part.split("*"):
            if symbol not in UNITS:
                raise InvalidInput(field="unit", value=repr(unit), allowed=f"use one of {', '.join(UNITS)} or a quotient of two")
            dimension, own = UNITS[symbol]
            factor *= own**sign
            for base, power in MADE_OF.get(dimension, {dimension: 1}).items():
                powers[base] += sign * power
    return _written(powers), factor


def _written(powers: Counter[str]) -> str:
    above, below = ("*".join(base for base in sorted(powers) for _ in range(sign * powers[base])) for sign in (1, -1))
    return f"{above or 'number'}/{below}" if below else above or "number"


def convert(value: float, unit: str, to: str) -> float:
    """The value in another unit of the same dimension; InvalidInput when the dimensions differ."""
    if unit == to:
        return value
    (dimension, up), (wanted, down) = measure(unit), measure(to)
    if dimension != wanted:
        raise InvalidInput(field="unit", value=repr(unit), allowed=f"a unit of {wanted} such as {to}")
    return value * up / down
