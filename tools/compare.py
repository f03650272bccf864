"""Two answers of one calculator side by side: difference and ratio, with the inputs that they share kept shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aitoll.tools.errors import InvalidInput
from aitoll.tools.estimate import Estimate, estimate
from aitoll.tools.registry import calculate

Asked = Mapping[str, Any]


class Comparison(NamedTuple):
    first: Estimate
    second: Estimate
    difference: Estimate  # first less second
    ratio: Estimate  # first over second


def compare(name: str, first: Asked, second: Asked, /, *, figure: str | None = None, **shared: Any) -> Comparison:
    """The same calculator twice; `shared` goes into both, and what both take from one row of a table moves them together."""
    one, other = (_figure(calculate(name, **{**shared, **asked}), figure) for asked in (first, second))
    return Comparison(one, other, difference(one, other), ratio(one, other))


def _figure(figures: list[Estimate], name: str | None) -> Estimate:
    found = next((each for each in figures if name in (None, each.name)), None)
    if found is None:
        raise InvalidInput(field="figure", value=repr(name), allowed=f"use one of {', '.join(each.name for each in figures)}")
    return found


def difference(first: Estimate, second: Estimate) -> Estimate:
    return estimate(less, name=f"{first.name}_difference", unit=_shared_unit(first, second), sampled=True, first=first, second=second)


def ratio(first: Estimate, second: Estimate) -> Estimate:
    _shared_unit(first, second)
    if second.value <= 0:
        raise InvalidInput(field=second.name, value=f"{second.value:g}", allowed="compare with a result above 0")
    return estimate(over, name=f"{first.name}_ratio", unit="1", first=first, second=second)


def _shared_unit(first: Estimate, second: Estimate) -> str:
    if first.unit != second.unit:
        raise InvalidInput(field=second.name, value=second.unit, allowed=f"compare with something in {first.unit}")
    return first.unit


def less(first: float, second: float) -> float:
    return first - second


def over(first: float, second: float) -> float:
    return first / second
