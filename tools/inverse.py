"""What a limit allows: the input at which a calculator gives the wanted result, with the range that its leaves make."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from aitoll.tools.errors import InvalidInput
from aitoll.tools.estimate import Estimate, Input, Value, estimate, flat, given
from aitoll.tools.registry import bounds, calculate, calculator, limits

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 200  # of bisection: down to the last digit of a float
PROBES = (0.25, 1.0, 4.0)


def inverse(name: str, wanted: str, target: float | tuple[float, float], /, *, figure: str | None = None, **inputs: Any) -> Estimate:
    """The number for `wanted` at which this calculator's first figure, or the one named, is `target`, in that figure's unit."""
    inputs_of = calculator(name).inputs
    low, _, high = limits(inputs_of, wanted) if wanted in inputs_of.model_fields else (None, True, None)
    if high is None:
        raise InvalidInput(field=wanted, value="as what is sought", allowed=f"use a number that {name} takes")
    trial = _middle(low or 0.0, high)
    found = _figure(calculate(name, **{**inputs, wanted: trial}), figure)
    unknown = next((leaf for leaf in found.leaves() if leaf.row == f"given/{wanted}"), None)
    if unknown is None:
        raise InvalidInput(field=wanted, value="as what is sought", allowed=f"leave out what settles {found.name} without it")
    limit = _limit(target, found)
    power = _power(found, unknown)
    if power is None:
        return _checked(inputs_of, wanted, _numeric(found, unknown, limit, (low or 0.0, high), inputs_of.unit(wanted)))
    return _checked(inputs_of, wanted, _closed(found, unknown, limit, power, wanted))


def _middle(low: float, high: float) -> float:
    """A number well inside the bounds; 1 where it can be."""
    return 1.0 if low <= 1 <= high else math.sqrt(max(low, high * 1e-9) * high)


def _figure(figures: list[Estimate], name: str | None) -> Estimate:
    found = next((each for each in figures if name in (None, each.name)), None)
    if found is None:
        raise InvalidInput(field="figure", value=repr(name), allowed=f"use one of {', '.join(each.name for each in figures)}")
    return found


def _limit(target: float | tuple[float, float], found: Estimate) -> Value:
    ends = target if isinstance(target, tuple) else (target, target)
    if not all(math.isfinite(end) and end > 0 for end in ends):
        raise InvalidInput(field=found.name, value=f"{min(ends):g}", allowed="use a limit above 0")
    return given((ends[0] + ends[1]) / 2, found.unit, low=min(ends), high=max(ends), name="limit")


def _power(found: Estimate, unknown: Value) -> float | None:
    """The power of the unknown in the result, where it is one: 1 for proportional, -1 for inversely so."""
    results = [found.run({unknown: unknown.value * factor}) for factor in PROBES]
    if min(results) <= 0:
        return None
    slopes = [math.log(b / a) / math.log(4) for a, b in pairwise(results)]
    return round(slopes[0], 9) if math.isclose(*slopes, rel_tol=1e-9) and abs(slopes[0]) > 1e-9 else None


def _closed(found: Estimate, unknown: Value, limit: Value, power: float, wanted: str) -> Estimate:
    """Limit over the result of one trial, times the trial: the tree of the calculator stays visible beneath."""
    trial = replace(unknown, row=f"trial/{wanted}")
    below = _with_leaf(found, unknown, trial)
    parts: dict[str, Input] = {"trial": trial, "limit": limit, "result": below}
    if power in (1.0, -1.0):
        return estimate(scaled_up if power == 1 else scaled_down, parts, name=wanted, unit=unknown.unit)
    return estimate(
        scaled_by_power, {**parts, "power": Value(power, "1", "given", power, power, row="trial/power")}, name=wanted, unit=unknown.unit
    )


def _with_leaf(found: Estimate, old: Value, new: Value) -> Estimate:
    inputs: dict[str, Input] = {
        key: _with_leaf(part, old, new) if isinstance(part, Estimate) else replace(new, name=key) if part == old else part
        for key, part in found.inputs.items()
    }
    return replace(found, inputs=inputs)


def _numeric(found: Estimate, unknown: Value, limit: Value, within: tuple[float, float], unit: str) -> Estimate:
    """By bisection, for any set of the other leaves: a sum has no closed inverse that could be read off."""
    run, leaves = flat(found)
    place = leaves.index(unknown)
    names = {leaf: f"{leaf.name}_{i}" if leaf.name in [each.name for each in leaves[:i]] else leaf.name for i, leaf in enumerate(leaves)}
    others = {names[leaf]: leaf for leaf in leaves if leaf != unknown}

    def solved(limit: float, **values: float) -> float:
        numbers = [values.get(names[leaf], leaf.value) for leaf in leaves]
        return bisected(lambda x: run([*numbers[:place], x, *numbers[place + 1 :]]), limit, *within)

    solved.text = ""  # type: ignore[attr-defined]
    made = estimate(solved, {"limit": limit, **others}, name=unknown.row.removeprefix("given/"), unit=unit)
    reached = found.run({unknown: made.value})
    if not math.isclose(reached, limit.value, rel_tol=1e-6):
        raise InvalidInput(
            field=found.name, value=f"{limit.value:g}", allowed=f"between its bounds, {made.name} gives {reached:.4g} at best"
        )
    return made


def bisected(run: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a monotone function meets the target; the nearer bound where it never does."""
    low = max(low, high * 1e-18)
    rising = run(high) > run(low)
    for _ in range(STEPS):
        middle = math.sqrt(low * high)
        if middle in (low, high):
            break
        if (run(middle) < target) == rising:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)


def _checked(inputs: Any, wanted: str, found: Estimate) -> Estimate:
    """An answer outside what can be is no answer."""
    low, _, high = limits(inputs, wanted)
    if not (low or 0.0) * (1 - 1e-9) <= found.value <= (high or math.inf) * (1 + 1e-9):
        raise InvalidInput(field=wanted, value=f"{found.value:.4g}", allowed=f"{bounds(inputs, wanted)}: no such value meets this limit")
    return found


def scaled_up(trial: float, limit: float, result: float) -> float:
    return trial * limit / result


def scaled_down(trial: float, limit: float, result: float) -> float:
    return trial * result / limit


def scaled_by_power(trial: float, limit: float, result: float, power: float) -> float:
    return trial * (limit / result) ** (1 / power)  # type: ignore[no-any-return]
