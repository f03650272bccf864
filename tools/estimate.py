"""A number with its range, unit, status, formula, drivers and sources.

A leaf is a `Value`; a formula over named inputs is an `Estimate`, which can be the input of another. Ranges are always taken
at the leaves: one leaf changed runs the whole tree, so an input shared by two branches moves both.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

from aitoll.tools import units

Status = Literal["given", "published", "assumed", "computed"]
Formula = Callable[..., float]
LEVEL = 0.9
SAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Value:
    """A leaf: `low` or `high` is None where its source gives no bound ("more than 100 million")."""

    value: float
    unit: str
    status: Status
    low: float | None
    high: float | None
    name: str = field(default="", compare=False)
    source: str | None = None
    where: str = ""
    note: str = ""
    row: str = ""  # what makes it the same leaf elsewhere: "accelerators/h100-sxm/tdp_kw", "given/gpus"

    @property
    def certain(self) -> bool:
        return self.low == self.value == self.high


def given(value: float, unit: str, *, low: float | None = None, high: float | None = None, name: str = "") -> Value:
    """What the user said; a range of theirs is a pair of hard bounds, its arithmetic mean the value."""
    return Value(value, unit, "given", value if low is None else low, value if high is None else high, name, row=f"given/{name}")


@dataclass(frozen=True, eq=False)
class Estimate:
    """The result of a formula; `gives` is the unit that the bare formula returns, `unit` the one shown."""

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    gives: str
    function: Formula
    inputs: Mapping[str, Input]
    drivers: tuple[tuple[str, float], ...] = ()
    sampled: bool = False
    whole: bool = False
    warnings: tuple[str, ...] = ()
    published: bool = False  # a looked-up value: its one input is all there is to say

    @property
    def expression(self) -> str:
        return "" if self.published else expression(self.function)

    @property
    def formula(self) -> str:
        return f"{self.name} = {self.expression}" if self.expression else ""

    def leaves(self) -> Iterator[Value]:
        for part in self.inputs.values():
            if isinstance(part, Estimate):
                yield from part.leaves()
            else:
                yield part

    def parts(self) -> Iterator[Estimate]:
        """The estimates that this one rests on, nearest first."""
        for part in self.inputs.values():
            if isinstance(part, Estimate):
                yield part
                yield from part.parts()

    def run(self, changed: Mapping[Value, float]) -> float:
        """The formula over the whole tree, with some leaves set to other numbers; in `unit`."""
        arguments = {
            name: part.run(changed) if isinstance(part, Estimate) else changed.get(part, part.value) for name, part in self.inputs.items()
        }
        result = self.function(**arguments) * _factor(self.gives, self.unit)
        return math.floor(result * (1 + 1e-12)) if self.whole else result


Input = Value | Estimate


def estimate(
    function: Formula,
    *,
    unit: str,
    gives: str | None = None,
    name: str | None = None,
    sampled: bool = False,
    whole: bool = False,
    warnings: tuple[str, ...] = (),
    **inputs: Input,
) -> Estimate:
    """Run a formula over its inputs and combine what each uncertain leaf does to the result."""
    named = {key: replace(part, name=key) if isinstance(part, Value) else part for key, part in inputs.items()}
    bare = Estimate(name or function.__name__, 0.0, None, None, unit, gives or unit, function, named, whole=whole, warnings=warnings)
    return with_interval(bare, sampled=sampled)


def looked_up(name: str, value: Value) -> Estimate:
    """A published value is a figure too: no formula, one input."""
    found = replace(value, name=value.name or name)
    return Estimate(
        name, value.value, value.low, value.high, value.unit, value.unit, _itself, {found.name: found}, published=value.status != "computed"
    )


def _itself(**values: float) -> float:
    return next(iter(values.values()))


@dataclass
class _Effects:
    """How far single leaves push the result, in logs of the ratio to the centre."""

    up: float = 0.0
    down: float = 0.0
    fits: bool = True
    open_up: bool = False
    open_down: bool = False
    squares: dict[str, float] = field(default_factory=dict)


def with_interval(bare: Estimate, *, sampled: bool = False) -> Estimate:
    leaves = list(dict.fromkeys(leaf for leaf in bare.leaves() if not leaf.certain))
    value = bare.run({})
    if not leaves:
        return replace(bare, value=value, low=value, high=value)
    hard = [leaf for leaf in leaves if leaf.status == "given" and leaf.low is not None and leaf.high is not None]
    soft = [leaf for leaf in leaves if leaf not in hard]
    effects = _effects(bare, leaves, {})
    sampled = sampled or not effects.fits
    ends = [_ends(bare, soft, dict(zip(hard, corner, strict=True)), sampled) for corner in _corners(hard)]
    low = None if effects.open_down else min(value, *(end[0] for end in ends))
    high = None if effects.open_up else max(value, *(end[1] for end in ends))
    return replace(bare, value=value, low=low, high=high, drivers=_shares(effects), sampled=sampled)


def _corners(hard: list[Value]) -> Iterator[tuple[float, ...]]:
    return itertools.product(*((leaf.low or 0.0, leaf.high or 0.0) for leaf in hard))


def _ends(bare: Estimate, soft: list[Value], fixed: dict[Value, float], sampled: bool) -> tuple[float, float]:
    if sampled and soft:
        return _sample(bare, soft, fixed)
    centre = bare.run(fixed)
    effects = _effects(bare, soft, fixed)
    return centre * math.exp(-math.sqrt(effects.down)), centre * math.exp(math.sqrt(effects.up))


def _effects(bare: Estimate, leaves: list[Value], fixed: dict[Value, float]) -> _Effects:
    found, centre = _Effects(), bare.run(fixed)
    for leaf in leaves:
        moves = []
        for end in (leaf.low, leaf.high):
            result = bare.run({**fixed, leaf: leaf.value * (2 if leaf.high is None else 0.5) if end is None else end})
            if result <= 0 or centre <= 0:
                found.fits = False
                moves.append(result - centre)
                continue
            move = math.log(result / centre)
            moves.append(0.0 if end is None else move)
            found.open_up |= end is None and move > 0
            found.open_down |= end is None and move < 0
        up, down = max(0.0, *moves), min(0.0, *moves)
        found.up += up * up
        found.down += down * down
        found.squares[leaf.name] = found.squares.get(leaf.name, 0.0) + up * up + down * down
    return found


def _shares(effects: _Effects) -> tuple[tuple[str, float], ...]:
    total = sum(effects.squares.values())
    if total <= 0:
        return ()
    return tuple(sorted(((name, square / total) for name, square in effects.squares.items() if square > 0), key=lambda pair: (-pair[1], pair[0])))


def _sample(bare: Estimate, soft: list[Value], fixed: dict[Value, float]) -> tuple[float, float]:
    """Seeded, stratified: each leaf's 90 % interval is read as two half normals, in logs where it is positive."""
    from random import Random
    from statistics import NormalDist

    random, normal = Random(20261124), NormalDist()
    widest = normal.inv_cdf((1 + LEVEL) / 2)
    strata = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    columns = []
    for leaf in soft:
        draws = [at(leaf, normal.inv_cdf(p) / widest) for p in strata]
        random.shuffle(draws)
        columns.append(draws)
    results = sorted(bare.run({**fixed, **dict(zip(soft, draw, strict=True))}) for draw in zip(*columns, strict=True))
    edge = round(SAMPLES * (1 - LEVEL) / 2)
    return results[edge], results[-edge - 1]


def at(leaf: Value, reach: float) -> float:
    """The leaf at `reach` of the way to its end: -1 is low, 0 the value, 1 high."""
    end = leaf.high if reach > 0 else leaf.low
    if end is None:
        return leaf.value
    if leaf.value > 0 and end > 0:
        return leaf.value * math.exp(abs(reach) * math.log(end / leaf.value))
    return leaf.value + abs(reach) * (end - leaf.value)


def in_currency(found: Estimate, unit: str) -> Estimate:
    """The same tree in the user's own currency: right where all its money was given by the user."""

    def renamed(text: str) -> str:
        return text.replace("USD", unit)

    inputs = {
        name: in_currency(part, unit) if isinstance(part, Estimate) else replace(part, unit=renamed(part.unit)) for name, part in found.inputs.items()
    }
    return replace(found, unit=renamed(found.unit), gives=renamed(found.gives), inputs=inputs)


@cache
def _factor(gives: str, unit: str) -> float:
    return units.convert(1.0, gives, unit)


@cache
def expression(function: Formula) -> str:
    """What the function returns, as it stands in its source: the text shown cannot differ from the code."""
    import ast
    import inspect
    import textwrap

    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    returned = next((node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value), None)
    return ast.unparse(returned) if returned else ""
