"""One calculator over many values of an input at once: low, value and high of each, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aitoll.tools.errors import InvalidInput
from aitoll.tools.estimate import Estimate, Value, flat
from aitoll.tools.registry import bounds, calculate, calculator, limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray


class Sweep(NamedTuple):
    """Arrays as long as the values; `low` or `high` is None where the figure has no such bound."""

    low: NDArray[Any] | None
    value: NDArray[Any]
    high: NDArray[Any] | None
    unit: str
    figure: Estimate  # at the first of the values: its formula, sources and drivers


def sweep(name: str, values: Mapping[str, ArrayLike], /, *, figure: str | None = None, **inputs: Any) -> Sweep:
    """`values` gives for one input, or for several of one length, an array in the input's own unit; the rest is as for `calculate`."""
    import numpy as np

    columns = {field: np.asarray(column, dtype=float) for field, column in values.items()}
    for field, column in columns.items():
        _check(name, field, column)
    start = {field: float(column.flat[0]) for field, column in columns.items()}
    figures = calculate(name, **{**inputs, **start})
    found = next((each for each in figures if figure in (None, each.name)), None)
    if found is None:
        raise InvalidInput(field="figure", value=repr(figure), allowed=f"use one of {', '.join(each.name for each in figures)}")
    run, leaves = flat(found)
    rows = {f"given/{field}": column for field, column in columns.items()}
    centre = [rows.get(leaf.row, leaf.value) for leaf in leaves]
    if not any(leaf.row in rows for leaf in leaves):
        raise InvalidInput(field=next(iter(columns)), value="as what varies", allowed=f"leave out what settles {found.name} without it")
    return _bounded(run, leaves, centre, found)


def _check(name: str, field: str, column: NDArray[Any]) -> None:
    inputs = calculator(name).inputs
    low, included, high = limits(inputs, field) if field in inputs.model_fields else (None, True, None)
    if low is None or high is None:
        raise InvalidInput(field=field, value="as what varies", allowed=f"use a number that {name} takes")
    inside = column.size and (column >= low).all() and (column <= high).all() and (included or (column > low).all())
    if not inside:
        raise InvalidInput(field=field, value="an array", allowed=bounds(inputs, field))


def _bounded(run: Callable[[Sequence[Any]], Any], leaves: Sequence[Value], centre: list[Any], found: Estimate) -> Sweep:
    """Quadrature as for a single figure; where it does not fit, the same stratified sample at every point."""
    import numpy as np

    value = np.asarray(run(centre), dtype=float)
    unsure = [i for i, leaf in enumerate(leaves) if not leaf.certain]
    if any(leaves[i].hard for i in unsure):
        raise InvalidInput(field=found.name, value="with a range of the user's", allowed="sweep over single numbers")
    results = [(_moved(run, centre, i, leaves[i].low), _moved(run, centre, i, leaves[i].high)) for i in unsure]
    positive = (value > 0).all() and all((result > 0).all() for pair in results for result in pair if result is not None)
    if len(unsure) > 1 and (found.sampled or not positive):
        return _sampled(run, leaves, centre, value, found)
    if len(unsure) < 2:
        ends = [value, *(result for pair in results for result in pair if result is not None)]
        low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    else:
        low, high = _quadrature(value, results)
    return Sweep(low if found.low is not None else None, value, high if found.high is not None else None, found.unit, found)


def _moved(run: Callable[[Sequence[Any]], Any], centre: list[Any], i: int, number: float | None) -> Any:
    return None if number is None else run([*centre[:i], number, *centre[i + 1 :]])


def _quadrature(value: NDArray[Any], results: list[tuple[Any, Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    import numpy as np

    up, down = np.zeros_like(value), np.zeros_like(value)
    for pair in results:
        pushes = [np.log(result / value) for result in pair if result is not None]
        up += np.maximum.reduce([np.zeros_like(value), *pushes]) ** 2
        down += np.minimum.reduce([np.zeros_like(value), *pushes]) ** 2
    return value * np.exp(-np.sqrt(down)), value * np.exp(np.sqrt(up))


CHUNK = 2000  # points sampled at once: a thousand samples of each stay in the cache


def _sampled(
    run: Callable[[Sequence[Any]], Any], leaves: Sequence[Value], centre: list[Any], value: NDArray[Any], found: Estimate
) -> Sweep:
    import numpy as np

    from aitoll.tools.intervals import LEVEL, at, reaches

    soft = [i for i, leaf in enumerate(leaves) if not leaf.certain]
    drawn = {i: np.array([at(leaves[i], reach) for reach in reaches(place)])[:, None] for place, i in enumerate(soft)}
    parts = []
    for start in range(0, value.size, CHUNK):
        here = [drawn.get(i, number[start : start + CHUNK][None, :] if np.ndim(number) else number) for i, number in enumerate(centre)]
        parts.append(np.quantile(run(here), ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0, method="hazen"))
    low, high = np.concatenate(parts, axis=1)
    return Sweep(np.minimum(low, value), value, np.maximum(high, value), found.unit, found)
