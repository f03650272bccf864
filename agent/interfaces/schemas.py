"""One calculator as JSON schema: bounds, units, closed vocabularies where they are small, and a range wherever there is a number.

A number may be text too, with a unit or as a range. That is said of each, not by a reference to a shared definition: hosts put what is
referred to in its place, which made the list of tools more than twice as long for a model to read.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from aitoll.agent.answer import Figure
from aitoll.agent.texts import label
from aitoll.tools.facts import rows
from aitoll.tools.registry import Calculator, calculator, limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aitoll.tools.inputs import Inputs

SMALL = 1000  # characters of the ids of a table that is listed whole in a schema; a larger one is named, and its resource lists it
LONGEST_TEXT = 80
LONGEST_QUESTION = 10_000
LONGEST_ID = 120
MOST_COMPARED = 20
MOST_PASSAGES = 20
ACRONYMS = ("gpu", "api")
NUMBERS = 'A number may be text with its unit, or a range: "14.8 day", "330..350 W/GPU"'
TEXT = {"type": "string"}
RANGE = {
    "type": "object",
    "description": "Two bounds instead of one number; the mean is taken as the value",
    "properties": {"low": {"type": "number"}, "high": {"type": "number"}},
    "required": ["low", "high"],
    "additionalProperties": False,
}
Kind = Literal["number", "yes or no", "row", "text"]


class Problem(BaseModel):
    """What was wrong with a call, and what would do."""

    code: str
    message: str
    field: str | None = None
    value: str | None = None
    remedy: str
    near: list[str] = []


class Figures(BaseModel):
    """What a calculator gives: the figures asked for, then those they rest on; none where `error` says what was wrong."""

    figures: list[Figure]
    error: Problem | None = None


class Row(Figures):
    """The figures for one of the values compared."""

    value: int | float | str
    ratio: Figure | None = None  # of its first figure to that of the first value


class Compared(BaseModel):
    calculator: str
    input: str
    rows: list[Row]
    error: Problem | None = None


class Found(BaseModel):
    """A passage of the library or of the user's own documents."""

    id: str
    source: str
    title: str
    place: str
    passage: str
    score: float
    language: str


class Passages(BaseModel):
    passages: list[Found]
    warnings: list[str] = Field(default=[], description="what could not be searched, or only by its words")
    error: Problem | None = None


def title(name: str) -> str:
    words = [word.upper() if word in ACRONYMS else word for word in name.split("_")]
    return " ".join([words[0][0].upper() + words[0][1:], *words[1:]])


def kind(inputs: type[Inputs], field: str) -> Kind:
    if limits(inputs, field)[2] is not None:
        return "number"
    if inputs.model_fields[field].annotation is bool:
        return "yes or no"
    return "row" if table(inputs, field) else "text"


def table(inputs: type[Inputs], field: str) -> str | None:
    """The table whose rows the input names."""
    extra = inputs.model_fields[field].json_schema_extra
    return str(extra["table"]) if isinstance(extra, dict) and "table" in extra else None


@cache
def input_schema(name: str) -> dict[str, Any]:
    """The inputs of a calculator; none is required, since which are needed depends on the others."""
    found = calculator(name)
    properties = {field: _property(found, field) for field in found.inputs.model_fields}
    return {"type": "object", "description": NUMBERS, "properties": properties, "additionalProperties": False}


def with_ranges(schema: dict[str, Any]) -> dict[str, Any]:
    """The same where a number may be an object of two bounds too, which no list of tools need spell out."""
    wider = {name: {**one, "anyOf": [*one["anyOf"], RANGE]} if "anyOf" in one else one for name, one in schema["properties"].items()}
    return {**schema, "properties": wider}


def _property(found: Calculator, field: str) -> dict[str, Any]:
    inputs = found.inputs
    unit = inputs.unit(field)
    description = inputs.model_fields[field].description or label(field, "en").capitalize()
    match kind(inputs, field):
        case "number":
            shown = description if unit == "1" else f"{description} ({unit})"
            return {"description": shown, "anyOf": [_number(inputs, field), TEXT]}
        case "yes or no":
            return {"description": description, "type": "boolean", "default": False}
        case "row":
            return {"description": description, **_name(inputs, field)}
    return {"description": description, "type": "string", "maxLength": LONGEST_TEXT, **_examples(inputs, field)}


def _number(inputs: type[Inputs], field: str) -> dict[str, Any]:
    low, included, high = limits(inputs, field)
    least = {} if low is None else {"minimum" if included else "exclusiveMinimum": low}
    return {"type": "number", **least, "maximum": high}


def _name(inputs: type[Inputs], field: str) -> dict[str, Any]:
    ids = list(rows(str(table(inputs, field))))
    if sum(map(len, ids)) <= SMALL:
        return {"type": "string", "enum": ids}
    listed = f"an id of aitoll://tables/{table(inputs, field)}"
    described = f"{inputs.model_fields[field].description or label(field, 'en').capitalize()}: {listed}"
    return {"type": "string", "maxLength": LONGEST_TEXT, "description": described, **_examples(inputs, field)}


def _examples(inputs: type[Inputs], field: str) -> dict[str, Any]:
    examples = inputs.model_fields[field].examples
    return {"examples": examples} if examples else {}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The same for OpenAI's strict mode: every property required and nullable, no keyword that it refuses."""
    required = set(schema.get("required", ()))
    properties = {name: _strict(one, name in required) for name, one in schema["properties"].items()}
    return {**schema, "properties": properties, "required": list(properties)}


def _strict(one: dict[str, Any], required: bool) -> dict[str, Any]:
    kept = {key: value for key, value in one.items() if key not in ("default", "examples", "maxLength", "minLength")}
    if one.get("examples"):
        kept["description"] += f", such as {' or '.join(one['examples'])}"
    if required:
        return kept
    if "anyOf" in kept:
        return {**kept, "anyOf": [*kept["anyOf"], {"type": "null"}]}
    return {**kept, "type": [kept["type"], "null"], **({"enum": [*kept["enum"], None]} if "enum" in kept else {})}


ASK = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 1, "maxLength": LONGEST_QUESTION, "description": "One question, in French or English"},
        "conversation": {"type": "string", "maxLength": LONGEST_ID, "description": "An id of your choice, the same for follow-ups"},
    },
    "required": ["question"],
    "additionalProperties": False,
}
SEARCH = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "minLength": 1, "maxLength": LONGEST_QUESTION, "description": "What to find, in French or English"},
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST_PASSAGES, "default": 5, "description": "How many passages"},
        "within": {
            "type": "string",
            "enum": ["all", "library", "user"],
            "default": "all",
            "description": "What ships with aitoll, what the user added, or both",
        },
    },
    "required": ["query"],
    "additionalProperties": False,
}


def compare_schema(names: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": NUMBERS,
        "properties": {
            "calculator": {"type": "string", "enum": names, "description": "The calculator to run once for each value"},
            "input": {"type": "string", "description": "Its input that differs, such as place, gpu or model"},
            "values": {
                "type": "array",
                "items": {"anyOf": [{"type": "number"}, TEXT]},
                "minItems": 2,
                "maxItems": MOST_COMPARED,
                "description": "The values of that input, such as fra and pol",
            },
            "inputs": {"type": "object", "description": "The calculator's other inputs, the same for all"},
        },
        "required": ["calculator", "input", "values"],
        "additionalProperties": False,
    }


@cache
def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Of `Figures`, `Compared`, `Passages` or `Answer`, without the titles that pydantic adds."""
    return dict(_without_titles(model.model_json_schema(mode="serialization")))


def _without_titles(part: Any, names: bool = False) -> Any:
    if isinstance(part, list):
        return [_without_titles(one) for one in part]
    if not isinstance(part, dict):
        return part
    return dict(_kept(part, names))


def _kept(part: dict[str, Any], names: bool) -> Iterator[tuple[str, Any]]:
    for key, one in part.items():
        if names or key != "title":
            yield key, _without_titles(one, names=key in ("properties", "$defs") and not names)
