"""The 90 % interval of a formula: quadrature in logs at its leaves, or a seeded sample; what the user bounded stays hard."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aitoll.tools.estimate import Moves, Value

    Run = Callable[[Sequence[float]], float]

LEVEL = 0.9
SAMPLES = 600
SQUARE_FREE = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)  # their roots spread the orders; a fixed seed needs no other


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float | None
    high: float | None
    drivers: tuple[tuple[str, float], ...]
    sampled: bool


@dataclass(slots=True)
class Effects:
    """How far single leaves push the result: squares of logs of the ratio to the centre, up, down and by leaf."""

    up: float = 0.0
    down: float = 0.0
    fits: bool = True
    open_up: bool = False
    open_down: bool = False
    by_leaf: dict[str, float] = field(default_factory=dict)


def interval(value: float, moves: Moves, whole_tree: Callable[[], tuple[Run, Sequence[Value]]], *, sampled: bool = False) -> Interval:
    """From the result and what each uncertain leaf makes of it; `whole_tree` is asked for where those single moves do not do."""
    if not moves:
        return Interval(value, value, value, (), sampled=False)
    whole = effects(moves, value)
    hard = [leaf for leaf in moves if leaf.hard]
    soft = len(moves) - len(hard)
    sampled = sampled or not whole.fits
    if hard or (sampled and soft > 1):
        run, leaves = whole_tree()
        ends = list(_at_corners(run, leaves, sampled))
    elif soft == 1:
        ends = [(min(value, *next(iter(moves.values()))), max(value, *next(iter(moves.values()))))]
    else:
        ends = [_in_quadrature(value, whole)]
    return Interval(
        value,
        None if whole.open_down else min(value, *(low for low, _ in ends)),
        None if whole.open_up else max(value, *(high for _, high in ends)),
        _shares(whole.by_leaf),
        sampled and soft > 1,
    )


def moved_ends(leaf: Value) -> tuple[float, float]:
    """Both ends; where one is open, a move in its direction is enough to see which way it pushes."""
    return leaf.value / 2 if leaf.low is None else leaf.low, leaf.value * 2 if leaf.high is None else leaf.high


def _at_corners(run: Run, leaves: Sequence[Value], sampled: bool) -> Iterator[tuple[float, float]]:
    """What the softer leaves make of the result at each corner of the bounds that the user gave."""
    soft = [i for i, leaf in enumerate(leaves) if not leaf.certain and not leaf.hard]
    hard = [i for i, leaf in enumerate(leaves) if not leaf.certain and leaf.hard]
    for corner in _corners(leaves, hard, [leaf.value for leaf in leaves]):
        yield _ends(run, leaves, soft, corner, sampled)


def _in_quadrature(value: float, found: Effects) -> tuple[float, float]:
    return value * math.exp(-math.sqrt(found.down)), value * math.exp(math.sqrt(found.up))


def _corners(leaves: Sequence[Value], hard: list[int], centre: list[float]) -> Iterator[list[float]]:
    for corner in itertools.product(*((leaves[i].low, leaves[i].high) for i in hard)):
        moved = centre.copy()
        for i, end in zip(hard, corner, strict=True):
            moved[i] = end or 0.0
        yield moved


def _ends(run: Run, leaves: Sequence[Value], soft: list[int], centre: list[float], sampled: bool) -> tuple[float, float]:
    value = run(centre)
    moves = {leaves[i]: _moved(run, centre, i, leaves[i]) for i in soft}
    if len(soft) < 2:
        results = [value, *(result for pair in moves.values() for result in pair)]
        return min(results), max(results)
    found = effects(moves, value)
    return sample(run, leaves, soft, centre) if sampled or not found.fits else _in_quadrature(value, found)


def effects(moves: Moves, value: float) -> Effects:
    found = Effects()
    found.fits = value > 0 and all(low > 0 < high for low, high in moves.values())
    log = math.log
    for leaf, (low, high) in moves.items():
        first, second = (log(low / value), log(high / value)) if found.fits else (low - value, high - value)
        if leaf.low is None or leaf.high is None:
            first, second = _open(found, leaf, first, second)
        up, down = (second, first) if second > first else (first, second)
        square_up, square_down = up * up if up > 0 else 0.0, down * down if down < 0 else 0.0
        found.up += square_up
        found.down += square_down
        found.by_leaf[leaf.name] = found.by_leaf.get(leaf.name, 0.0) + square_up + square_down
    return found


def _open(found: Effects, leaf: Value, first: float, second: float) -> tuple[float, float]:
    """An end without a bound opens the end of the result to which it pushes, and has no length of its own."""
    for end, push in ((leaf.low, first), (leaf.high, second)):
        found.open_up |= end is None and push > 0
        found.open_down |= end is None and push < 0
    return (0.0 if leaf.low is None else first), (0.0 if leaf.high is None else second)


def _moved(run: Run, centre: list[float], i: int, leaf: Value) -> tuple[float, float]:
    kept = centre[i]
    results = []
    for number in moved_ends(leaf):
        centre[i] = number
        results.append(run(centre))
    centre[i] = kept
    return results[0], results[1]


def _shares(squares: dict[str, float]) -> tuple[tuple[str, float], ...]:
    total = sum(squares.values())
    if total <= 0:
        return ()
    shares = [(name, square / total) for name, square in squares.items() if square > 1e-12 * total]
    return tuple(sorted(shares, key=lambda pair: (-pair[1], pair[0])))


def sample(run: Run, leaves: Sequence[Value], soft: list[int], centre: list[float]) -> tuple[float, float]:
    """Ends of the middle 90 % of a stratified sample, the same for the same leaves."""
    columns = [[number] * SAMPLES for number in centre]
    for place, i in enumerate(soft):
        columns[i] = drawn(leaves[i], reaches(place))
    results = sorted(map(run, zip(*columns, strict=True)))
    edge = SAMPLES * (1 - LEVEL) / 2 - 0.5
    below, part = int(edge), edge % 1
    low = results[below] + part * (results[below + 1] - results[below])
    high = results[-below - 1] + part * (results[-below - 2] - results[-below - 1])
    return low, high


@cache
def reaches(place: int) -> tuple[float, ...]:
    """Normal deviates, one in each stratum, in an evenly spread order of their own; 1 is the end of the middle 90 %."""
    from statistics import NormalDist

    normal = NormalDist()
    widest = normal.inv_cdf((1 + LEVEL) / 2)
    drawn = [normal.inv_cdf((i + 0.5) / SAMPLES) / widest for i in range(SAMPLES)]
    step = math.sqrt(SQUARE_FREE[place % len(SQUARE_FREE)])
    order = sorted(range(SAMPLES), key=lambda i: i * step % 1)
    return tuple(drawn[i] for i in order)


def drawn(leaf: Value, deviates: Sequence[float]) -> list[float]:
    """The leaf at each of these deviates, as `at` would have it one by one."""
    value, low, high = leaf.value, leaf.low, leaf.high
    if low is None or high is None or min(low, value) <= 0:
        return [at(leaf, reach) for reach in deviates]
    up, down, exp = math.log(high / value), math.log(low / value), math.exp
    return [value * exp(reach * up) if reach > 0 else value * exp(-reach * down) for reach in deviates]


def at(leaf: Value, reach: float) -> float:
    """The leaf at `reach` of the way to its end: -1 is low, 0 the value, 1 high; two half normals, in logs where it is positive."""
    end = leaf.high if reach > 0 else leaf.low
    if end is None:
        return leaf.value
    if leaf.value > 0 and end > 0:
        return leaf.value * math.exp(abs(reach) * math.log(end / leaf.value))
    return leaf.value + abs(reach) * (end - leaf.value)
