"""A calculator called with arguments that a model or a stranger wrote: read, run, or refused with the field and what would do."""

from __future__ import annotations

import json
import math
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from aitoll.agent.ask import calculate
from aitoll.agent.interfaces.schemas import LONGEST_TEXT, MOST_COMPARED, Compared, Figures, Kind, Problem, Row, kind, table
from aitoll.agent.ledger import Ledger
from aitoll.agent.texts import with_range
from aitoll.tools.compare import compare as compared
from aitoll.tools.errors import AitollError, InvalidInput, UnknownName
from aitoll.tools.inputs import Range
from aitoll.tools.other_names import meant, with_unit
from aitoll.tools.registry import CALCULATORS, bounds, calculator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aitoll.agent.answer import Figure, Language
    from aitoll.tools.inputs import Inputs

HUGE = 10**30  # Python refuses to write an integer of many thousand digits
#: what else the arguments of the tools that are no calculators are called
ALSO_CALLED = {
    **dict.fromkeys(("query", "q", "text", "message", "prompt", "question", "input"), ("question", "query")),
    **dict.fromkeys(("conversation_id", "thread", "session", "session_id"), ("conversation",)),
    **dict.fromkeys(("tool", "name", "function"), ("calculator", "row")),
    **dict.fromkeys(("field", "parameter", "variable", "by"), ("input", "quantity")),
    **dict.fromkeys(("id", "subject", "model", "gpu", "chip", "place", "country", "facility", "operator"), ("row",)),
    **dict.fromkeys(("column", "attribute", "metric", "property", "what"), ("quantity",)),
    **dict.fromkeys(("arguments", "others", "other_inputs"), ("inputs",)),
    **dict.fromkeys(("top_k", "k", "n", "max_results"), ("limit",)),
}
COMPARING = ("calculator", "input", "values", "inputs")
WANTED: dict[Kind, str] = {"yes or no": "use true or false", "row": "use a name", "text": "use a name"}


def run(name: str, arguments: object, language: Language = "en") -> Figures:
    """The figures, or the error that names the field and the remedy; never an exception for what was said."""
    try:
        return Figures(figures=compute(name, arguments, language))
    except AitollError as error:
        return Figures(figures=[], error=problem(error, name, arguments))


def compute(name: str, arguments: object, language: Language = "en") -> list[Figure]:
    """The same, raising AitollError."""
    return calculate(name, language, **read(name, arguments))


def compare(arguments: object, progress: Callable[[int, int, str], None] | None = None) -> Compared:
    """One calculator over several values of one input; a value that cannot be has an error of its own."""
    try:
        name, field, values, others = _comparison(arguments)
    except AitollError as error:
        return Compared(calculator="", input="", rows=[], error=problem(error, "compare", arguments))
    rows: list[Row] = []
    for count, value in enumerate(values, 1):
        made = run(name, {**others, field: value})
        ratio = _ratio(name, field, (value, values[0]), others) if rows and made.figures and rows[0].figures else None
        rows.append(Row(value=value if _is_number(value) else shown(value), ratio=ratio, **dict(made)))
        if progress:
            progress(count, len(values), shown(value))
    wrong = next((row.error for row in rows if row.error), None) if all(row.error for row in rows) else None
    return Compared(calculator=name, input=field, rows=rows, error=wrong)


def _ratio(name: str, field: str, pair: tuple[Any, Any], others: dict[str, Any]) -> Figure | None:
    """One value's first figure over that of the first value: what both rest on moves them together. None where it is undefined."""
    this, that = (read(name, {field: value}) for value in pair)
    try:
        found = compared(name, this, that, **read(name, others)).ratio
    except AitollError:
        return None
    ledger = Ledger("en")
    ledger.add(found)
    return ledger.finish("")[2][0]


def _comparison(arguments: object) -> tuple[str, str, list[Any], dict[str, Any]]:
    arguments, beside = _apart(arguments)
    said = named("compare", arguments, COMPARING)
    found = calculator(text("calculator", said.get("calculator")))
    field, unit = _meant(text("input", said.get("input")), tuple(found.inputs.model_fields))
    if field not in found.inputs.model_fields:
        raise InvalidInput(field="input", value=shown(field), allowed=_instead(found.name, field, tuple(found.inputs.model_fields)))
    values = said.get("values")
    if not isinstance(values, list) or not 2 <= len(values) <= MOST_COMPARED:
        raise InvalidInput(field="values", value=shown(values), allowed=f"use a list of 2 to {MOST_COMPARED} values")
    others = said.get("inputs") or {}
    if not isinstance(others, dict):
        raise InvalidInput(field="inputs", value=shown(others), allowed="use an object of inputs by name")
    return found.name, field, [with_unit(_pair(value), unit) if unit else value for value in values], {**others, **beside}


def _apart(arguments: Any) -> tuple[Any, dict[str, Any]]:
    """The calculator's other inputs are taken where they stand beside `inputs`, as models put them."""
    if not isinstance(arguments, dict):
        return arguments, {}
    name = next((value for field, value in arguments.items() if _meant(str(field), COMPARING)[0] == "calculator"), None)
    fields = CALCULATORS[name].inputs.model_fields if isinstance(name, str) and name in CALCULATORS else {}
    own = {field for field in arguments if _meant(str(field), COMPARING)[0] not in COMPARING and meant(str(field), fields)[0] in fields}
    return {field: value for field, value in arguments.items() if field not in own}, {field: arguments[field] for field in own}


def read(name: str, arguments: object) -> dict[str, Any]:
    """Arguments in the shapes that the registry takes: {low, high} is a range."""
    inputs = calculator(name).inputs
    said = named(name, arguments, tuple(inputs.model_fields))
    return {field: _value(inputs, field, value) for field, value in said.items()}


def named(name: str, arguments: object, fields: tuple[str, ...]) -> dict[str, Any]:
    """What was said of these fields; a null is not said, since hosts in strict mode send one for all they leave out."""
    if not isinstance(arguments, dict):
        raise InvalidInput(field="arguments", value=shown(arguments), allowed=f"use an object with {', '.join(fields)}")
    said: dict[str, Any] = {}
    for field, value in arguments.items():
        own, unit = _meant(str(field), fields)
        if own not in fields:
            raise InvalidInput(field=shown(field), value="an input of that name", allowed=_instead(name, str(field), fields))
        if value is None:
            continue
        if own in said:
            raise InvalidInput(field=shown(field), value=shown(value), allowed=f"it is {own}, which was given too: give one of them")
        said[own] = with_unit(_pair(value), unit) if unit else value
    return said


def _meant(field: str, fields: tuple[str, ...]) -> tuple[str, str]:
    """The input by whatever name it goes, and the unit that the name implies."""
    found, unit = meant(field, fields)
    return next((name for name in ALSO_CALLED.get(found, ()) if name in fields), found), unit


def _pair(value: Any) -> Any:
    return [value["low"], value["high"]] if isinstance(value, dict) and set(value) == {"low", "high"} else value


def _instead(name: str, field: str, fields: tuple[str, ...]) -> str:
    near = get_close_matches(field[:LONGEST_TEXT], fields, n=1)
    return f"{f'did you mean {near[0]}? ' if near else ''}{name} takes {', '.join(fields)}"


def _value(inputs: type[Inputs], field: str, value: Any) -> Any:
    sort = kind(inputs, field)
    if sort == "number":
        return _number(inputs, field, value)
    if isinstance(value, bool if sort == "yes or no" else str):
        return value if sort == "yes or no" else text(field, value)
    raise InvalidInput(field=field, value=shown(value), allowed=WANTED[sort])


def _number(inputs: type[Inputs], field: str, value: Any) -> Any:
    """A number, text with a unit, {low, high} or [low, high], also as text; anything else is refused here, where its shape is known."""
    value = _pair(_from_json(value))
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    if _is_number(value):
        return float(value)
    if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]:
        return Range(*map(float, value))
    raise InvalidInput(field=field, value=shown(value), allowed=f"{bounds(inputs, field)}, or {{low, high}} in that order")


def _from_json(value: Any) -> Any:
    """Two bounds that were written as text, as models do where a schema offers text."""
    if not (isinstance(value, str) and value[:1] in ("[", "{") and len(value) <= LONGEST_TEXT):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def text(field: str, value: object, most: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(field=field, value=shown(value), allowed="use text that is not empty")
    if len(value) > most:
        raise InvalidInput(field=field, value=f"text of {len(value)} characters", allowed=f"use at most {most}")
    return value


def shown(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    said = "a huge number" if isinstance(value, int) and abs(value) > HUGE else str(value)
    return said if len(said) <= 60 else said[:57] + "…"


def problem(error: AitollError, name: str = "", arguments: object = None) -> Problem:
    """The error as data: which field, which value, what would do."""
    facts = error.facts
    near = [str(one) for one in facts.get("near", ())]
    message = str(error)
    if error.code == "invalid":
        field, value = str(facts["field"]), str(facts["value"])
        return Problem(code=error.code, message=message, field=field, value=value, remedy=str(facts["allowed"]))
    if isinstance(error, UnknownName):
        found = _field_of(error, name, arguments)
        remedy = f"did you mean {', '.join(near)}?" if near else f"use an id of {error.table}{_such_as(name, found)}"
        told = f"{found}: {shown(error.name)} is none of {error.table}; {remedy}" if found else message  # some hosts show this alone
        return Problem(code=error.code, message=told, field=found, value=str(error.name), remedy=remedy, near=near)
    if error.code == "missing":
        needs = [str(need) for need in facts["needs"]]
        wanted = " and ".join(needs) if facts["every"] or len(needs) == 1 else f"one of these: {'; '.join(needs)}"
        return Problem(code=error.code, message=message, field=needs[0], remedy=f"give {wanted}", near=needs)
    return Problem(
        code=error.code, message=message, field=_field_with(facts.get("row"), arguments), remedy="name another row, or give the number"
    )


def _field_of(error: UnknownName, name: str, arguments: object) -> str | None:
    if error.table == "calculators":
        return "calculator"
    return _field_with(error.name, arguments) or (_field_of_table(name, error.table) if name else None)


def _such_as(name: str, field: str | None) -> str:
    fields = CALCULATORS[name].inputs.model_fields if name in CALCULATORS else {}
    examples = fields[field].examples if field in fields else None
    return f", such as {' or '.join(examples)}" if examples else ""


def _field_of_table(name: str, wanted: str) -> str | None:
    inputs = calculator(name).inputs
    return next((field for field in inputs.model_fields if table(inputs, field) == wanted), None)


def _field_with(value: object, arguments: object) -> str | None:
    said: Mapping[Any, Any] = arguments if isinstance(arguments, dict) else {}
    return next((str(field) for field, one in said.items() if one == value), None)


def lines(figures: list[Figure]) -> str:
    """What a model reads: one line a figure, with its range, its formula, its sources and their places."""
    return "\n".join(_line(figure) for figure in figures)


def _line(figure: Figure) -> str:
    sources = "; ".join(dict.fromkeys(f"{part.source}, {part.where}" for part in figure.inputs if part.source))
    said = f"{figure.label}: {ranged(figure)}." + (f" {figure.formula}." if figure.formula else "")
    return said + (f" Sources: {sources}." if sources else "")


def ranged(figure: Figure) -> str:
    return with_range(figure.value, figure.low, figure.high, figure.unit, "en")
