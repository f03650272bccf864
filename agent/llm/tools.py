"""What a model may call: every calculator of the registry as a typed tool, search, names, and a way to say that there is no figure."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime  # noqa: TC002 (LangChain reads the annotation)
from langchain_core.tools import StructuredTool

from aitoll.agent.llm import calling, relating
from aitoll.agent.llm.said import bounds_of
from aitoll.agent.llm.tracing import span
from aitoll.agent.progress import tell
from aitoll.agent.rules.tables import ASKED, COLUMNS, LOOK_UP, ROWS_OF
from aitoll.agent.texts import label, tool_texts
from aitoll.tools.registry import CALCULATORS, limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aitoll.agent.llm.work import Work
    from aitoll.tools.registry import Calculator

REFUSALS = ("out_of_scope", "missing_input", "unknown_name")
QUANTITIES = ("cost", "energy", "carbon", "water", "compute", "duration", "gpu_hours", "gpu_count")
FIND_NAME = (
    "Looks up a model, chip, place, data centre or measured system by name and gives its id. Only for a name that the list of names lacks."
)
SOLVE = (
    "Finds the input of a calculator that gives a wanted result: how many chips meet a deadline, how long a budget lasts, which price"
    " makes a total. For a question that gives the result and asks for an input."
)
COMPARE = "Sets two figures side by side once you have both: how many times the larger is the smaller one, and by how much it is more."
NO_FIGURE = "Says that no answer can be given, and why. Ends the turn: call nothing beside it, write nothing after it."


@cache
def tools() -> tuple[StructuredTool, ...]:
    """What the graph runs; the schemas that a model sees are made for each turn, by `schemas`."""
    own = (
        _tool(LOOK_UP, calling.look_up),
        _tool("solve", relating.solve),
        _tool("compare", relating.compare),
        _tool("search", _search),
        _tool("find_name", lambda work, said: calling.find_name(work, str(said.get("name", "")))),
        _tool("no_figure", _no_figure, ends=True),
    )
    return (*(_calculator(found) for found in CALCULATORS.values()), *own)


def _calculator(found: Calculator) -> StructuredTool:
    return _tool(found.name, lambda work, said: calling.calculate(work, found.name, said))


def _tool(name: str, run: Callable[[Work, dict[str, Any]], Any], ends: bool = False) -> StructuredTool:
    async def called(runtime: ToolRuntime[Any, Any], **said: Any) -> str:
        tell(name)
        with span("tool", {"gen_ai.tool.name": name}):
            told = run(runtime.context, said)
            return str(await told if asyncio.iscoroutine(told) else told)

    # Arguments are judged by us, for a model must be told what would do in our words.
    return StructuredTool(name=name, description=name, args_schema=_object({}), coroutine=called, return_direct=ends)


async def _search(work: Work, said: dict[str, Any]) -> str:
    with span("search"):
        return await asyncio.to_thread(calling.search, work, str(said.get("query", "")))


def _no_figure(work: Work, said: dict[str, Any]) -> str:
    why = str(said.get("why"))
    work.refusal = (why, str(said.get("quantity") if why == "missing_input" else said.get("name") or ""))
    return "Said."


def schemas(work: Work) -> tuple[list[dict[str, Any]], int]:
    """The tools as this turn offers them, and how many characters they take.

    An input is there where the conversation holds a name or a number that it could be.
    """
    known = sum(map(len, work.named.ids.values()))  # names only ever come to it
    if known not in work.offered:
        found = [*_offered(work), *([_solve()] if work.said else []), *_own()]
        work.offered[known] = found, len(str(found))
    tools, characters = work.offered[known]
    return ([*tools, _compare(tuple(work.facts))] if len(work.facts) > 1 else tools), characters


def _offered(work: Work) -> Iterator[dict[str, Any]]:
    """What other agents are offered too, in the same order; `ask` is this one, and here `compare` sets figures side by side."""
    for name in dict.fromkeys((*tool_texts(), *CALCULATORS)):
        if name in CALCULATORS:
            yield _of_calculator(work, CALCULATORS[name])
        elif name == LOOK_UP:
            yield from _look_up(work)
        elif name == "search":
            yield _search_schema()


@cache
def _solve() -> dict[str, Any]:
    """With a number to be met: the calculator, the input that is sought, the result, the other inputs as that calculator takes them."""
    sought = list(dict.fromkeys(name for found in CALCULATORS.values() for name in relating.number_inputs(found)))
    fields = {
        "calculator": {"type": "string", "enum": list(CALCULATORS)},
        "find": {"type": "string", "enum": sought, "description": "The input that is asked for"},
        "result": {
            "type": ["number", "array"],
            "items": {"type": "number"},
            "description": "The result that was given; a pair for a range",
        },
        "inputs": {"type": "object", "description": "What else was given, by the inputs' names of that calculator"},
    }
    return _schema("solve", SOLVE, fields, "calculator", "find", "result")


@cache
def _compare(known: tuple[str, ...]) -> dict[str, Any]:
    one = {"type": "string", "enum": list(known)}
    return _schema("compare", COMPARE, {"first": one, "second": one}, "first", "second")


@cache
def _search_schema() -> dict[str, Any]:
    return _schema("search", tool_texts()["search"], {"query": {"type": "string", "maxLength": calling.LONGEST_QUERY}}, "query")


@cache
def _own() -> tuple[dict[str, Any], ...]:
    refusal = {
        "why": {"type": "string", "enum": list(REFUSALS)},
        "quantity": {"type": "string", "enum": list(QUANTITIES), "description": "With missing_input: what is asked for"},
        "name": {"type": "string", "maxLength": 80, "description": "With unknown_name: the name as the user wrote it"},
    }
    return (
        _schema("find_name", FIND_NAME, {"name": {"type": "string", "maxLength": 80}}, "name"),
        _schema("no_figure", NO_FIGURE, refusal, "why"),
    )


def _look_up(work: Work) -> list[dict[str, Any]]:
    """What the tables hold of the rows that are named; nothing where none is."""
    named = {table: list(work.named.ids.get(table, ())) for table in ROWS_OF}
    quantities = [cue for cue in ASKED if named[COLUMNS[cue].table]]
    if not quantities:
        return []
    rows = list(dict.fromkeys(id for cue in quantities for id in named[COLUMNS[cue].table]))
    fields = {"row": {"type": "string", "enum": rows}, "quantity": _quantity(tuple(quantities))}
    return [_schema(LOOK_UP, tool_texts()[LOOK_UP], fields, "row", "quantity")]


@cache
def _quantity(quantities: tuple[str, ...]) -> dict[str, Any]:
    said = "; ".join(f"{cue}: {label(COLUMNS[cue].figure, 'en')}" for cue in quantities)
    return {"type": "string", "enum": list(quantities), "description": said}


def _of_calculator(work: Work, found: Calculator) -> dict[str, Any]:
    offered: dict[str, Any] = {}
    for name, table, schema in _fields(found.name):
        if table is not None:
            if known := list(work.named.ids.get(table, ())):
                offered[name] = {**schema, "enum": known}
        elif schema["type"] == "boolean" or name in work.own or work.could_be(found.inputs, name):
            offered[name] = schema
    return _schema(found.name, tool_texts().get(found.name) or found.question, offered)


@cache
def _fields(tool: str) -> tuple[tuple[str, str | None, dict[str, Any]], ...]:
    """Every input of a calculator: its name, the table whose rows it names, its schema."""
    found = CALCULATORS[tool]
    return tuple((name, calling.table_of(found, name), _field(found, name)) for name in found.inputs.model_fields)


def _field(found: Calculator, name: str) -> dict[str, Any]:
    described = found.inputs.model_fields[name].description or name
    if calling.table_of(found, name):
        return {"type": "string", "description": described}
    if limits(found.inputs, name)[2] is None:
        return {"type": "boolean", "description": described}
    unit = found.inputs.unit(name)
    return {"type": "number", **bounds_of(found.inputs, name), "description": described if unit == "1" else f"{described}, in {unit}"}


def _schema(name: str, description: str, fields: dict[str, Any], *required: str) -> dict[str, Any]:
    parameters = {**_object(fields), **({"required": list(required)} if required else {})}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "additionalProperties": False}
