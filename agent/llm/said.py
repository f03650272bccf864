"""The numbers that people gave, as the calculators take them. A model's argument is only ever a pointer to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.quantities import PLAIN, Quantity
from aitoll.agent.rules.reading import read
from aitoll.tools import units
from aitoll.tools.inputs import Range, in_unit
from aitoll.tools.registry import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aitoll.agent.rules.reading import Reading
    from aitoll.tools.inputs import Inputs

NEAR = 0.02  # of a number: a month is 730 hours to one and 720 to another; what was given is what is used
SHOWN = ("hour", "kWh", "tCO2e", "L", "FLOP", "kW")


def numbers_of(last: Reading, earlier: Sequence[str]) -> list[Quantity]:
    """Every number of the conversation, the last question's first; the years between two dates too."""
    found: list[Quantity] = []
    for reading in (last, *(read(question, lambda: last.language) for question in reversed(earlier))):
        found += reading.quantities
        if len(reading.years) >= 2:
            between = float(abs(reading.years[-1].value - reading.years[0].value))
            found.append(Quantity(between, between, "year", "", 0, 0, (between,)))
    return found


class NotGiven(Exception):
    """A number that nobody gave."""


def given_number(unit: str, field: str, value: Any, said: Sequence[Quantity]) -> tuple[float | Range, Quantity]:
    """The number of the conversation that is meant, in this unit, and where it stands; NotGiven where there is none."""
    try:
        meant = in_unit(value, unit)
        ends = [float(end) for end in (meant if isinstance(meant, tuple) else (meant,))]
    except Exception:  # noqa: BLE001 (whatever a model may write for a number)
        raise NotGiven(field) from None
    candidates = [(one, quantity) for quantity in said for one in _as_input(quantity, field, unit)]
    fitting = [(distance, one, quantity) for one, quantity in candidates if (distance := _distance(ends, one)) <= NEAR]
    if not fitting:
        return _joined(field, ends, candidates)
    _, one, quantity = min(fitting, key=lambda fit: fit[0])
    return one, quantity


def _joined(field: str, ends: list[float], candidates: list[tuple[float | Range, Quantity]]) -> tuple[Range, Quantity]:
    """A pair of which each end was given by itself."""
    found = [min(((_distance([end], one), one, at) for one, at in candidates if not isinstance(one, Range)), default=None) for end in ends]
    if len(ends) != 2 or any(fit is None or fit[0] > NEAR for fit in found):
        raise NotGiven(field)
    low, high = (fit for fit in found if fit is not None)
    return Range(float(low[1]), float(high[1])), low[2]


def _distance(ends: list[float], one: float | Range) -> float:
    if isinstance(one, Range):
        pairs = [(ends[0], one.low), (ends[-1], one.high)] if len(ends) == 2 else []
        whole = max((_apart(a, b) for a, b in pairs), default=1.0)
        part = min(_apart(ends[0], end) for end in (one.low, one.high, (one.low + one.high) / 2)) if len(ends) == 1 else 1.0
        return min(whole, part)
    return _apart(ends[0], one) if len(ends) == 1 else 1.0


def _apart(a: float, b: float) -> float:
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b), 1e-300)


def _as_input(quantity: Quantity, field: str, unit: str) -> Iterator[float | Range]:
    """What a number of the conversation is as this input, in every reading that its unit allows."""
    ends = (quantity.low, quantity.high)
    if quantity.is_range:
        yield from (Range(*sorted(pair)) for pair in zip(*(_converted(end, quantity.unit, field, unit) for end in ends), strict=True))
        return
    for reading in dict.fromkeys((quantity.low, *quantity.readings)):
        yield from _converted(reading, quantity.unit, field, unit)


def _converted(value: float, written: str, field: str, unit: str) -> list[float]:
    numerator = units.parts(unit)[0]
    if written in ("", "times") or PLAIN.get(written, written) == numerator or (written == "EUR" and numerator == "USD"):
        return [value]
    if written == "%":
        return [value / 100, 1 + value / 100] if field == "growth" else [value / 100]
    try:
        return [units.convert(value, PLAIN.get(written, written), numerator)]
    except Exception:  # noqa: BLE001 (another dimension)
        return []


def can_be_given(inputs: type[Inputs], field: str, said: Sequence[Quantity]) -> bool:
    """Whether any number of the conversation has the dimension of this input."""
    return any(True for quantity in said for _ in _as_input(quantity, field, inputs.unit(field)))


def bounds_of(inputs: type[Inputs], field: str) -> dict[str, float]:
    """Lowest and highest value, as a JSON schema says it."""
    low, included, high = limits(inputs, field)
    lowest = {} if low is None else {"minimum" if included else "exclusiveMinimum": low}
    return {**lowest, **({} if high is None else {"maximum": high})}


def shown(said: Sequence[Quantity]) -> list[str]:
    """The numbers as a model may point to them: "30 day = 720 hour"."""
    return list(dict.fromkeys(_shown(one) for one in said))


def _shown(one: Quantity) -> str:
    unit = f"{one.unit}/{one.per}" if one.per else one.unit
    written = f"{_plain(one.low, one.high)} {unit}".strip()
    for target in SHOWN:
        ends = [_to(end, one.unit, target) for end in (one.low, one.high)]
        if not one.per and one.unit != target and ends[0] is not None and ends[1] is not None:
            return f"{written} = {_plain(ends[0], ends[1])} {target}"
    return f"{written} = {_plain(one.low / 100, one.high / 100)}" if one.unit == "%" else written


def _to(value: float, unit: str, target: str) -> float | None:
    try:
        return units.convert(value, unit, target) if unit and unit not in PLAIN else None
    except Exception:  # noqa: BLE001 (another dimension)
        return None


def _plain(low: float, high: float) -> str:
    return f"{low:.10g}" if low == high else f"[{low:.10g}, {high:.10g}]"
