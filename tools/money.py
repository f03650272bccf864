"""Dollars and euros, at a dated rate."""

from __future__ import annotations

from dataclasses import replace

from aitoll.tools.estimate import Estimate, Value, estimate, given
from aitoll.tools.facts import constant
from aitoll.tools.inputs import Inputs, number


class Money(Inputs):
    """How much is this amount in the other currency?"""

    dollars: float | None = number("USD", "Amount in dollars", ge=0, le=1e16)
    euros: float | None = number("EUR", "Amount in euros", ge=0, le=1e16)
    usd_per_eur: float | None = number("USD/EUR", "Rate; left out: the table's dated one", gt=0, le=100)


def money(asked: Money) -> list[Estimate]:
    rate = _of_its_day(asked.or_constant("usd_per_eur", "eur-usd"))
    if asked.has("euros"):
        return [estimate(to_dollars, name="money", unit="USD", euros=asked.given("euros"), usd_per_eur=rate)]
    asked.need("dollars")
    return [estimate(to_euros, name="money", unit="EUR", dollars=asked.given("dollars"), usd_per_eur=rate)]


def rate_of(said: float | None = None) -> Value:
    """Dollars per euro: as it was said, else the dated rate of the table."""
    return given(said, "USD/EUR", name="usd_per_eur") if said else _of_its_day(constant("eur-usd"))


def in_euros(dollars: Estimate, said: float | None = None) -> Estimate:
    """An estimate in dollars, at this rate."""
    return estimate(to_euros, name=dollars.name, unit="EUR", dollars=dollars, usd_per_eur=rate_of(said))


def _of_its_day(rate: Value) -> Value:
    """The rate of a named day is certain; its range over the year is that of other days."""
    return rate if rate.status == "given" else replace(rate, low=rate.value, high=rate.value)


def to_dollars(euros: float, usd_per_eur: float) -> float:
    return euros * usd_per_eur


def to_euros(dollars: float, usd_per_eur: float) -> float:
    return dollars / usd_per_eur
