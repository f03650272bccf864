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
from aitoll.tools.intervals import interval

Status = Literal["given", "published", "assumed", "computed"]
Formula = Callable[..., float]
WHOLE = 1e-6  # so close below a whole number is that number
Shape = tuple[Formula, float, bool, tuple[tuple[str, Any], ...]]  # a tree of formulas over numbered leaves


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
        return hash((self.row, self.value))


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
    places: dict[Value, int] = {}
    shape = (function, _factor(gives or unit, unit), whole, _shapes(named, places))
    found = interval(compiled(shape), list(places), sampled=sampled)
    low, high = (end if end is None or not whole else (end + WHOLE) // 1 for end in (found.low, found.high))
    return Estimate(
        name or function.__name__,
        found.value,
        low,
        high,
        unit,
        gives or unit,
        function,
        named,
        found.drivers,
        found.sampled,
        whole,
        warnings,
    )


@lru_cache(maxsize=4096)
def _named(leaf: Value, name: str) -> Value:
    return replace(leaf, name=name)


def looked_up(name: str, value: Value) -> Estimate:
    """A published value is a figure too: no formula, one input."""
    found = replace(value, name=value.name or name)
    return Estimate(
        name, value.value, value.low, value.high, value.unit, value.unit, _itself, {found.name: found}, published=value.status != "computed"
    )


def _itself(**values: float) -> float:
    return next(iter(values.values()))


def flat(bare: Estimate) -> tuple[Callable[[Sequence[float]], float], list[Value]]:
    """The whole tree as one function of its distinct leaves."""
    places: dict[Value, int] = {}
    return compiled(_shape(bare, places)), list(places)


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

    inputs = {
        name: in_currency(part, unit) if isinstance(part, Estimate) else replace(part, unit=renamed(part.unit))
        for name, part in found.inputs.items()
    }
    return replace(found, unit=renamed(found.unit), gives=renamed(found.gives), inputs=inputs)


@cache
def _factor(gives: str, unit: str) -> float:
    return units.convert(1.0, gives, unit)


@lru_cache(maxsize=4096)
def expression(function: Formula) -> str:
    """What the function returns, as it stands in its source: the text shown cannot differ from the code."""
    if (text := getattr(function, "text", None)) is not None:  # found by search, it has none to show
        return str(text)
    import ast
    import inspect
    import textwrap

    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    returned = next((node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value), None)
    return ast.unparse(returned) if returned else ""
