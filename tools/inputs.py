"""What a calculator may be asked: numbers with unit and bounds, names from the tables, and ranges in place of numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Value, given
from aitoll.tools.facts import constant, fact
from aitoll.tools.said import Range, in_unit

__all__ = ["Inputs", "Range", "in_unit", "name", "number"]

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def number(
    unit: str, description: str, *, ge: float | None = None, gt: float | None = None, le: float, default: float | None = None
) -> Any:
    """A number input: every one has a unit and both bounds."""
    return Field(default, ge=ge, gt=gt, le=le, description=description, json_schema_extra={"unit": unit})


def name(table: str, description: str, *examples: str) -> Any:
    """A row of a table, by its id."""
    return Field(None, max_length=80, description=description, examples=list(examples), json_schema_extra={"table": table})


class Inputs(BaseModel):
    """The base of every calculator's inputs."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, defer_build=True)
    _ranges: dict[str, Range] = PrivateAttr(default_factory=dict)
    _told: dict[str, Value] = PrivateAttr(default_factory=dict)
    _made: dict[str, Any] = PrivateAttr(default_factory=dict)

    def with_ranges(self, ranges: dict[str, Range]) -> Self:
        self._ranges.update(ranges)
        return self

    def with_told(self, told: dict[str, Value]) -> Self:
        """What was said for some inputs where it is more than a number: how it was converted, and by which source."""
        self._told.update(told)
        return self

    @classmethod
    @cache
    def unit(cls, field: str) -> str:
        extra = cls.model_fields[field].json_schema_extra
        return str(extra.get("unit", "1")) if isinstance(extra, dict) else "1"

    def has(self, field: str) -> bool:
        return getattr(self, field, None) is not None

    def given(self, field: str) -> Value:
        """What the user said for this field, as a leaf."""
        value = float(getattr(self, field))
        low, high = self._ranges.get(field, (value, value))
        found = given(value, self.unit(field), low=low, high=high, name=field)
        rate = self._told.get(field)
        return replace(found, source=rate.source, where=rate.where, note=rate.note) if rate else found

    def or_fact(self, field: str, table: str, id: str, column: str) -> Value:
        return self.given(field) if self.has(field) else fact(table, id, column)

    def or_constant(self, field: str, id: str) -> Value:
        return self.given(field) if self.has(field) else constant(id)

    def once(self, name: str, make: Callable[[Any], T]) -> T:
        """A step that several figures share is made once, so that it is one and the same in all of them."""
        if name not in self._made:
            self._made[name] = make(self)
        found: T = self._made[name]
        return found

    def need(self, *fields: str) -> None:
        """All of these, or the error that names what is missing."""
        missing = [field for field in fields if not self.has(field)]
        if missing:
            raise MissingInput(calculator=type(self).__name__, needs=missing, every=True)
