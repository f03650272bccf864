"""A number with its range, unit, status, formula, drivers and sources.

A leaf is a `Value`; a formula over named inputs is an `Estimate`, which can be the input of another. Ranges are always taken
at the leaves: one leaf changed runs the whole tree, so an input shared by two branches moves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any, Literal

from aitoll.tools import units
from aitoll.tools.intervals import interval, moved_ends

Status = Literal["given", "published", "assumed", "computed"]
Formula = Callable[..., float]
WHOLE = 1e-6  # so close below a whole number is that number
Shape = tuple[Formula, float, bool, tuple[tuple[str, Any], ...]]  # a tree of formulas over numbered leaves
Moves = Mapping["Value", tuple[float, float]]  # what the result is when one uncertain leaf alone is at its low, or at its high


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
    certain: bool = field(init=False, compare=False, repr=False)
    digest: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "certain", self.low == self.value == self.high)
        object.__setattr__(self, "digest", hash((self.row, self.value)))

    @property
    def hard(self) -> bool:
        """Whether its ends are bounds of the user's, not an interval."""
        return self.status == "given" and self.low is not None and self.high is not None

    def to(self, unit: str) -> Value:
        """The same leaf in another unit of its dimension."""
        factor = _factor(self.unit, unit)
        low, high = (end if end is None else end * factor for end in (self.low, self.high))
        return replace(self, value=self.value * factor, low=low, high=high, unit=unit)

    def __hash__(self) -> int:
        return self.digest


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
    moves: Moves = field(repr=False)
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

    @property
    def bounded(self) -> Literal["", "partly", "wholly"]:
        """Whether its ends follow from ranges that the user gave, alone or beside intervals of ours."""
        hard = [leaf.hard for leaf in self.moves]
        return "wholly" if hard and all(hard) else "partly" if any(hard) else ""

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
        run, leaves = flat(self)
        return run([changed.get(leaf, leaf.value) for leaf in leaves])


Input = Value | Estimate


def estimate(
    function: Formula,
    parts: Mapping[str, Input] | None = None,
    /,
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
    named = {key: _named(part, key) if isinstance(part, Value) else part for key, part in {**(parts or {}), **inputs}.items()}
    gives = gives or unit
    run = _scaled(function, 1.0 if gives == unit else _factor(gives, unit), whole)
    value, moves = _moved(run, named)
    found = interval(value, moves, lambda: _whole_tree(function, gives, unit, whole, named), sampled=sampled)
    low, high = (end if end is None or not whole else (end + WHOLE) // 1 for end in (found.low, found.high))
    inherited = (warning for part in named.values() if isinstance(part, Estimate) for warning in part.warnings)
    warnings = tuple(dict.fromkeys((*warnings, *inherited)))
    name = name or function.__name__
    return Estimate(name, found.value, low, high, unit, gives, function, named, moves, found.drivers, found.sampled, whole, warnings)


def _scaled(function: Formula, factor: float, whole: bool) -> Formula:
    """The formula in the unit shown, and rounded down where only whole things count."""
    if whole:
        return lambda **numbers: (function(**numbers) * factor + WHOLE) // 1
    return function if factor == 1 else lambda **numbers: function(**numbers) * factor


def _moved(run: Formula, inputs: Mapping[str, Input]) -> tuple[float, Moves]:
    """The result, and what it is when one uncertain leaf is at its ends: each input knows what the leaf makes of it."""
    numbers = {name: part.value for name, part in inputs.items()}
    touched: dict[Value, list[tuple[str, float, float]]] = {}
    for name, part in inputs.items():
        if isinstance(part, Estimate):
            for leaf, (low, high) in part.moves.items():
                touched.setdefault(leaf, []).append((name, low, high))
        elif not part.certain:
            touched.setdefault(part, []).append((name, *moved_ends(part)))
    moves = {}
    for leaf, changes in touched.items():
        if len(changes) == 1:
            name, low, high = changes[0]
            kept, numbers[name] = numbers[name], low
            below = run(**numbers)
            numbers[name] = high
            moves[leaf] = below, run(**numbers)
            numbers[name] = kept
        else:
            moves[leaf] = (
                run(**{**numbers, **{name: low for name, low, _ in changes}}),
                run(**{**numbers, **{name: high for name, _, high in changes}}),
            )
    return run(**numbers), moves


def _whole_tree(
    function: Formula, gives: str, unit: str, whole: bool, inputs: Mapping[str, Input]
) -> tuple[Callable[[Sequence[float]], float], list[Value]]:
    places: dict[Value, int] = {}
    shape = (function, _factor(gives, unit), whole, _shapes(inputs, places))
    return compiled(shape), list(places)


@lru_cache(maxsize=4096)
def _named(leaf: Value, name: str) -> Value:
    return replace(leaf, name=name)


def looked_up(name: str, value: Value) -> Estimate:
    """A published value is a figure too: no formula, one input."""
    found = replace(value, name=value.name or name)
    moves = {} if found.certain else {found: moved_ends(found)}
    published = value.status != "computed"
    return Estimate(
        name, value.value, value.low, value.high, value.unit, value.unit, _itself, {found.name: found}, moves, published=published
    )


def _itself(**values: float) -> float:
    return next(iter(values.values()))


def flat(bare: Estimate) -> tuple[Callable[[Sequence[float]], float], list[Value]]:
    """The whole tree as one function of its distinct leaves."""
    return _whole_tree(bare.function, bare.gives, bare.unit, bare.whole, bare.inputs)


def _shape(node: Estimate, places: dict[Value, int]) -> Shape:
    return node.function, _factor(node.gives, node.unit), node.whole, _shapes(node.inputs, places)


def _shapes(inputs: Mapping[str, Input], places: dict[Value, int]) -> tuple[tuple[str, Any], ...]:
    return tuple(
        (name, places.setdefault(part, len(places)) if isinstance(part, Value) else _shape(part, places)) for name, part in inputs.items()
    )


@lru_cache(maxsize=4096)
def compiled(shape: Shape) -> Callable[[Sequence[float]], float]:
    """Calls within calls, with the leaves by place: `lambda v: f0(gpu_hours=f1(gpus=v[0], hours=v[1]), price=v[2])`."""
    functions: dict[str, object] = {}

    def text(node: Shape) -> str:
        function, factor, whole, parts = node
        name = f"f{len(functions)}"
        functions[name] = function
        arguments = ", ".join(f"{key}={f'v[{part}]' if isinstance(part, int) else text(part)}" for key, part in parts)
        result = f"{name}({arguments})" if factor == 1 else f"{name}({arguments}) * {factor!r}"
        return f"({result} + {WHOLE}) // 1" if whole else result

    run: Callable[[Sequence[float]], float] = eval(f"lambda v: {text(shape)}", functions)  # noqa: S307 (our own names and numbers)
    return run


def in_currency(found: Estimate, unit: str) -> Estimate:
    """The same tree in the user's own currency: right where all its money was given by the user."""

    def renamed(text: str) -> str:
        return text.replace("USD", unit)

    def own(leaf: Value) -> Value:
        return replace(leaf, unit=renamed(leaf.unit))

    inputs = {name: in_currency(part, unit) if isinstance(part, Estimate) else own(part) for name, part in found.inputs.items()}
    moves = {own(leaf): ends for leaf, ends in found.moves.items()}
    return replace(found, unit=renamed(found.unit), gives=renamed(found.gives), inputs=inputs, moves=moves)


@cache
def _factor(gives: str, unit: str) -> float:
    return units.convert(1.0, gives, unit)


@lru_cache(maxsize=4096)
def expression(function: Formula) -> str:
    """What the function returns, as it stands in its source: the text shown cannot differ from the code."""
    if (text := getattr(function, "text", None)) is not None:  # found by search, it has none to show
        return str(text)
    import ast
    import linecache
    import textwrap

    code = function.__code__
    last = max(end for _, end, _, _ in code.co_positions() if end)
    lines = linecache.getlines(code.co_filename, function.__globals__)[code.co_firstlineno - 1 : last]
    tree = ast.parse(textwrap.dedent("".join(lines)))
    returned = next((node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value), None)
    return ast.unparse(returned) if returned else ""
