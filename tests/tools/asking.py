"""Questions for calculators: any inputs inside the bounds, and what was computed for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pint
from hypothesis import strategies as st

from aitoll.tools.errors import AitollError, InvalidInput, MissingInput
from aitoll.tools.facts import rows
from aitoll.tools.inputs import Inputs, Range
from aitoll.tools.registry import CALCULATORS, calculate, limits

if TYPE_CHECKING:
    from aitoll.tools.estimate import Estimate

UNANSWERED = (MissingInput, InvalidInput)  # two fields may contradict each other though each is inside its bounds
API_MODELS = ("gpt-4o", "claude-opus-4-5", "gemini-2.5-flash", "mistral-large-latest")

registry: Any = pint.UnitRegistry()
for line in (
    "USD = [dollars]",
    "EUR = [euros]",
    "GPU = [chips]",
    "token = [tokens]",
    "FLOP = [operations]",
    "gCO2e = [carbon]",
    "kgCO2e = 1000 gCO2e",
    "tCO2e = 1000 kgCO2e",
    "ktCO2e = 1000 tCO2e",
    "MtCO2e = 1000 ktCO2e",
    "lbCO2e = 453.59237 gCO2e",
    "Mtoken = 1e6 token",
    "TFLOP = 1e12 FLOP",
    "PFLOP = 1e15 FLOP",
    "gal = gallon",
    "ML = 1e6 L",
):
    registry.define(line)


def quantity(value: float, unit: str) -> Any:
    """A number with its unit, as pint understands it."""
    spelt = unit.replace("GPU-hour", "(GPU*hour)").replace("GPU-second", "(GPU*second)").replace("m3", "m**3").replace("%", "percent")
    return registry.Quantity(value, "dimensionless" if spelt == "1" else spelt.replace("1/", "dimensionless/"))


def kind(inputs: type[Inputs], field: str) -> str:
    extra = inputs.model_fields[field].json_schema_extra
    if isinstance(extra, dict) and "table" in extra:
        return str(extra["table"])
    if inputs.model_fields[field].annotation is bool:
        return "bool"
    return "number" if limits(inputs, field)[2] is not None else "text"


def numbers(inputs: type[Inputs], field: str) -> st.SearchStrategy[float]:
    """Any size inside the bounds, small ones as likely as large ones."""
    low, _, high = limits(inputs, field)
    assert low is not None
    assert high is not None
    ends = st.floats(-9.0, 0.0).map(lambda power: max(low, min(high, low + (high - low) * 10**power)))
    return ends.filter(lambda number: number > 0 or low == 0)


def fields(inputs: type[Inputs], field: str) -> st.SearchStrategy[Any]:
    what = kind(inputs, field)
    if what == "bool":
        return st.booleans()
    if what == "text":
        return st.sampled_from(API_MODELS) if field == "api_model" else st.none()
    if what == "number":
        return st.none() | numbers(inputs, field)
    return st.none() | st.sampled_from(list(rows(what)))


def inputs_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any inputs of a calculator; None is a field left out."""
    inputs = CALCULATORS[name].inputs
    return st.fixed_dictionaries({field: fields(inputs, field) for field in inputs.model_fields}).map(
        lambda made: {field: value for field, value in made.items() if value is not None}
    )


def with_ranges(name: str, made: dict[str, Any], chosen: list[str]) -> dict[str, Any]:
    """The same inputs with some numbers as ranges of the user's."""
    inputs = CALCULATORS[name].inputs
    ranged = dict(made)
    for field in chosen:
        high = limits(inputs, field)[2]
        if field in made and high is not None and kind(inputs, field) == "number":
            ranged[field] = Range(made[field], min(high, made[field] * 1.5))
    return ranged


def answers(name: str, made: dict[str, Any]) -> list[Estimate]:
    """What the calculator answers; nothing where it says what is missing or cannot be."""
    try:
        return calculate(name, **made)
    except UNANSWERED:
        return []


def tree(found: Estimate) -> list[Estimate]:
    return [found, *found.parts()]


def error(name: str, /, **inputs: Any) -> AitollError:
    """The error that these inputs lead to."""
    try:
        calculate(name, **inputs)
    except AitollError as raised:
        return raised
    raise AssertionError(f"{name} answered {inputs}")
