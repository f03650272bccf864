"""The one list of calculators, that every surface reads. A calculator is imported when it is used."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from aitoll.tools.errors import InvalidInput, MissingInput, UnknownName
from aitoll.tools.facts import constant
from aitoll.tools.naming import resolved
from aitoll.tools.other_names import meant, with_unit
from aitoll.tools.patterns import deferred
from aitoll.tools.said import Range, in_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aitoll.tools.estimate import Estimate, Value
    from aitoll.tools.inputs import Inputs

#: name of the calculator, which is its file and its function → the class of its inputs
_NAMES = {
    "training_compute": "TrainingCompute",
    "training_time": "TrainingTime",
    "training_cost": "TrainingCost",
    "gpu_budget": "GpuBudget",
    "training_energy": "TrainingEnergy",
    "training_carbon": "TrainingCarbon",
    "training_water": "TrainingWater",
    "use_energy": "UseEnergy",
    "use_carbon": "UseCarbon",
    "use_water": "UseWater",
    "api_cost": "ApiCost",
    "cost_growth": "CostGrowth",
    "savings": "Savings",
    "cooling_savings": "CoolingSavings",
    "revenue_gap": "RevenueGap",
    "electricity_cost": "ElectricityCost",
    "money": "Money",
    "utilisation": "Utilisation",
    "amortised_cost": "AmortisedCost",
    "cost_bases": "CostBases",
    "development_cost": "DevelopmentCost",
    "cluster_power": "ClusterPower",
    "cluster_budget": "ClusterBudget",
    "footprint": "Footprint",
    "carbon_price": "CarbonPrice",
    "avoided_carbon": "AvoidedCarbon",
    "site_overhead": "SiteOverhead",
    "share_each": "ShareEach",
    "use_cost": "UseCost",
}

EUROS = deferred(r"€|\beur(os?)?\b", re.IGNORECASE)
LEAST = 1e-100  # below this a quotient may pass all floats


@dataclass(frozen=True)
class Calculator:
    name: str

    @cached_property
    def inputs(self) -> type[Inputs]:
        found: type[Inputs] = getattr(import_module(f"aitoll.tools.{self.name}"), _NAMES[self.name])
        return found

    @cached_property
    def function(self) -> Callable[[Inputs], list[Estimate]]:
        found: Callable[[Inputs], list[Estimate]] = getattr(import_module(f"aitoll.tools.{self.name}"), self.name)
        return found

    @property
    def question(self) -> str:
        """What it answers: the docstring of its inputs."""
        return (self.inputs.__doc__ or "").strip()

    def ask(self, inputs: Mapping[str, Any]) -> Inputs:
        """Inputs checked, ranges at both ends; InvalidInput or UnknownName otherwise."""
        told = self._named(inputs)
        told, rates = self._in_dollars(told)
        said = {field: self._read(field, value) for field, value in told.items()}
        ranges = {field: value for field, value in said.items() if isinstance(value, Range)}
        if not ranges:
            return self._checked(said).with_told(rates)
        plain = {field: value for field, value in said.items() if field not in ranges}
        for end in (min, max):
            self._checked({**plain, **{field: end(pair) for field, pair in ranges.items()}})
        middle = {field: (pair.low + pair.high) / 2 for field, pair in ranges.items()}
        return self._checked({**plain, **middle}).with_ranges(ranges).with_told(rates)

    def _in_dollars(self, said: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Value]]:
        """Sums said in euros, at the dated rate of the table; the rate goes with them."""
        found, rates = dict(said), {}
        for field, value in said.items():
            unit = self.inputs.unit(field) if field in self.inputs.model_fields else "1"
            if not (isinstance(value, str) and unit.startswith("USD") and "EUR" not in unit and EUROS.search(value)):
                continue
            try:
                read = in_unit(value, unit.replace("USD", "EUR"))
            except (ValueError, InvalidInput):
                continue
            if isinstance(read, str):
                continue  # no number: refused with the others
            rate = constant("eur-usd")
            found[field] = Range(read.low * rate.value, read.high * rate.value) if isinstance(read, Range) else read * rate.value
            rates[field] = replace(rate, note=f"{value.strip()}, at {rate.value:g} USD per EUR")
        return found, rates

    def _named(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """What was said, by the inputs that are meant: "days" are hours."""
        told: dict[str, Any] = {}
        for field, value in inputs.items():
            own, unit = meant(field, self.inputs.model_fields)
            if value is None:
                continue
            if own in told:
                raise InvalidInput(field=field, value=_shown(value), allowed=f"it is {own}, which was given too: give one of them")
            told[own] = with_unit(value, unit)
        return told

    def _read(self, field: str, said: Any) -> Any:
        """A number may come with any unit of its dimension, a row under any of its names."""
        table = dict(tables(self.inputs)).get(field)
        if table and isinstance(said, str):
            return resolved(table, said)
        if field not in self.inputs.model_fields or limits(self.inputs, field)[2] is None:
            return said
        try:
            read = in_unit(said, self.inputs.unit(field))
        except (ValueError, InvalidInput):
            read = None
        ends = read if isinstance(read, Range) else (read,)
        if read is None or any(isinstance(end, bool) or (isinstance(end, float) and 0 < abs(end) < LEAST) for end in ends):
            raise InvalidInput(field=field, value=_shown(said), allowed=bounds(self.inputs, field))
        if isinstance(read, Range) and read.low > read.high:
            raise InvalidInput(field=field, value=f"from {_shown(read.low)} to {_shown(read.high)}", allowed="put the lower end first")
        return read

    def _checked(self, inputs: Mapping[str, Any]) -> Inputs:
        try:
            return self.inputs(**inputs)
        except ValidationError as error:
            raise _invalid(self, error) from None


CALCULATORS: dict[str, Calculator] = {name: Calculator(name) for name in _NAMES}


def calculator(name: str) -> Calculator:
    if name not in CALCULATORS:
        from difflib import get_close_matches

        raise UnknownName(table="calculators", name=name, near=get_close_matches(name, CALCULATORS, n=3))
    return CALCULATORS[name]


def calculate(name: str, /, **inputs: Any) -> list[Estimate]:
    """Run one calculator; a number may be a `Range`. The figures asked for come first, what they rest on is in their trees."""
    found = calculator(name)
    try:
        return found.function(found.ask(inputs))
    except MissingInput as error:
        raise MissingInput(**{**error.facts, "calculator": name}) from None


def _invalid(found: Calculator, error: ValidationError) -> InvalidInput:
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else found.name
    if first["type"] == "extra_forbidden":
        return InvalidInput(field=field, value="as an input", allowed=f"{found.name} takes {', '.join(found.inputs.model_fields)}")
    allowed = bounds(found.inputs, field) if field in found.inputs.model_fields else str(first["msg"])
    return InvalidInput(field=field, value=_shown(first.get("input")), allowed=allowed)


def _shown(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


@cache
def tables(inputs: type[Inputs]) -> tuple[tuple[str, str], ...]:
    """The inputs that name a row, with the table that it is of."""
    extras = {field: info.json_schema_extra for field, info in inputs.model_fields.items()}
    return tuple((field, str(extra["table"])) for field, extra in extras.items() if isinstance(extra, dict) and "table" in extra)


@cache
def limits(inputs: type[Inputs], field: str) -> tuple[float | None, bool, float | None]:
    """Lowest value, whether it is itself allowed, highest value of a number input."""
    low, included, high = None, True, None
    for rule in inputs.model_fields[field].metadata:
        low = getattr(rule, "ge", getattr(rule, "gt", low))
        included = included and not hasattr(rule, "gt")
        high = getattr(rule, "le", high)
    return low, included, high


def bounds(inputs: type[Inputs], field: str) -> str:
    low, included, high = limits(inputs, field)
    unit = inputs.unit(field)
    if high is None:
        return f"use a {'name' if unit == '1' else unit}"
    above = f"{'from' if included else 'above'} {low:g}" if low is not None else "up"
    return f"use a number {above} to {high:g}{'' if unit == '1' else ' ' + unit}"
