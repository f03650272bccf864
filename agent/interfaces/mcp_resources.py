"""What the MCP server lets a host read: the sources, the tables and the assumptions; and completions for their names."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import mcp_types as types

from aitoll.agent.interfaces.calling import shown
from aitoll.tools.errors import UnknownName
from aitoll.tools.facts import UNITS, Row, constant, fact, near, row, rows
from aitoll.tools.sources import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aitoll.tools.estimate import Value

SCHEME = "aitoll://"
TABLES = ("accelerators", "models", "grids", "facilities", "inference", "constants", "epoch_costs")
MOST_COMPLETIONS = 100
#: where the argument of a prompt or of a resource comes from
VOCABULARIES = {"model": "models", "gpu": "accelerators", "place": "grids", "system": "inference", "facility": "facilities"}


@dataclass(frozen=True)
class Document:
    """A resource as it is read."""

    text: str
    mime_type: str = "application/json"


def listed() -> list[types.Resource]:
    fixed = [
        ("sources", "Every source", "The bibliography: who published what, when, where, under which licence"),
        ("assumptions", "Every assumption", "What no source gives and we assume, each with the reason"),
    ]
    tables = [(f"tables/{name}", f"Table {name}", f"{len(rows(name))} rows; a status and a source for each value") for name in TABLES]
    return [
        types.Resource(name=path, title=title, uri=SCHEME + path, description=said, mime_type=_mime(path))
        for path, title, said in [*fixed, *tables]
    ]


def templates() -> list[types.ResourceTemplate]:
    return [
        types.ResourceTemplate(
            name="source", title="One source", uri_template=f"{SCHEME}sources/{{id}}", description="By its id", mime_type=_mime("")
        ),
        types.ResourceTemplate(
            name="row",
            title="One row of a table",
            uri_template=f"{SCHEME}tables/{{table}}/{{id}}",
            description="By its id",
            mime_type=_mime(""),
        ),
    ]


def _mime(path: str) -> str:
    return "text/csv" if path.startswith("tables/") else "application/json"


def read(uri: str) -> Document:
    """UnknownName for an address that leads nowhere. Names are looked up, never joined to a path."""
    parts = [unquote(part) for part in uri.removeprefix(SCHEME).split("/")] if uri.startswith(SCHEME) else []
    match parts:
        case ["sources"]:
            return _json([asdict(source(id)) for id in rows("sources")])
        case ["sources", id]:
            return _json(asdict(source(_known("sources", id)["id"])))
        case ["assumptions"]:
            return _json(list(assumptions()))
        case ["tables", table] if table in TABLES:
            return Document(files("aitoll.tools").joinpath("data", f"{table}.csv").read_text("utf-8"), "text/csv")
        case ["tables", table, id] if table in TABLES:
            return _json({name: value for name, value in _known(table, id).items() if value})
    from difflib import get_close_matches

    known = [one.uri for one in listed()]
    raise UnknownName(table="resources", name=shown(uri), near=get_close_matches(uri[:200], known, n=3))


def _known(table: str, id: str) -> Row:
    if id not in rows(table):
        raise UnknownName(table=table, name=shown(id), near=near(table, id[:80]))
    return row(table, id)


def _json(found: Any) -> Document:
    return Document(json.dumps(found, ensure_ascii=False, indent=1))


@cache
def assumptions() -> tuple[dict[str, Any], ...]:
    """Every assumed value of every table, those with the same reason together."""
    together: dict[tuple[str, str, str, str], dict[str, list[float | None]]] = {}
    for table in TABLES:
        for id, column, found in _values(table):
            if found.status == "assumed":
                together.setdefault((table, column, found.unit, found.note), {})[id] = [found.value, found.low, found.high]
    return tuple(
        {"table": table, "quantity": column, "unit": unit, "note": note, "value_low_high": values}
        for (table, column, unit, note), values in together.items()
    )


def _values(table: str) -> Iterator[tuple[str, str, Value]]:
    for id, cells in rows(table).items():
        if table == "constants":
            yield id, "value", constant(id)
            continue
        for column, cell in cells.items():
            if cell and (column in UNITS or f"{column}_low" in cells):
                yield id, column, fact(table, id, column)


def completions(argument: str, typed: str, chosen: dict[str, str] | None = None) -> types.Completion:
    """Names that begin with what was typed, then those that hold it."""
    found = list(_matching(_options(argument, chosen or {}), typed[:80].casefold()))
    return types.Completion(values=found[:MOST_COMPLETIONS], total=len(found), has_more=len(found) > MOST_COMPLETIONS)


def _options(argument: str, chosen: dict[str, str]) -> Iterable[str]:
    if argument == "table":
        return TABLES
    if argument == "id":
        table = chosen.get("table", "sources")
        return rows(table) if table in (*TABLES, "sources") else ()
    return rows(VOCABULARIES[argument]) if argument in VOCABULARIES else ()


def _matching(options: Iterable[str], typed: str) -> Iterator[str]:
    held = [option for option in options if typed in option.casefold()]
    yield from (option for option in held if option.casefold().startswith(typed))
    yield from (option for option in held if not option.casefold().startswith(typed))
