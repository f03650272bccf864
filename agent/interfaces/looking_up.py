"""One published value of a chip, a site, a grid or a model, looked up by name for other agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.interfaces import calling
from aitoll.agent.interfaces.schemas import LONGEST_TEXT, Figures, Problem
from aitoll.agent.ledger import Ledger
from aitoll.agent.rules.tables import ASKED, COLUMNS, LOOK_UP, caveats, look_up
from aitoll.agent.texts import label, row_name
from aitoll.tools.errors import AitollError, InvalidInput, UnknownName
from aitoll.tools.facts import known
from aitoll.tools.naming import resolved

if TYPE_CHECKING:
    from aitoll.agent.rules.tables import Column

FIELDS = ("row", "quantity")
KINDS = {"accelerators": "chip", "facilities": "site or operator", "grids": "country, state or cloud region", "models": "model"}

#: what else a quantity is called; "CO2" is one thing of a country and another of a chip
WORDS = {
    "tdp": "power watts wattage consumption draw",
    "memory": "vram hbm ram",
    "peak": "flops performance throughput",
    "embodied": "co2 carbon emissions footprint",
    "pue": "efficiency",
    "wue": "water",
    "grid_carbon": "co2 carbon emissions intensity",
    "grid_water": "water",
    "size": "parameter",
    "token_count": "dataset",
    "gpu_count": "chips accelerators",
    "mfu": "utilization utilisation",
}


def schema() -> dict[str, Any]:
    tables = {table: [cue for cue in ASKED if COLUMNS[cue].table == table] for table in KINDS}
    said = "; ".join(f"of a {KINDS[table]}: {', '.join(f'{cue} ({_called(cue)})' for cue in cues)}" for table, cues in tables.items())
    row = "Its name, such as H100, Google, France or GPT-3"
    return {
        "type": "object",
        "properties": {
            "row": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "description": row},
            "quantity": {"type": "string", "enum": list(ASKED), "description": said[0].upper() + said[1:]},
        },
        "required": list(FIELDS),
        "additionalProperties": False,
    }


def _called(cue: str) -> str:
    return label(COLUMNS[cue].figure, "en")


def run(arguments: object) -> tuple[Figures, list[str]]:
    """The value, with what its table warns of; or the error that names the field and the remedy."""
    try:
        said = calling.named(LOOK_UP, arguments, FIELDS)
        row = calling.text("row", said.get("row"))
        cue = _cue(said.get("quantity"), row)
        column = COLUMNS[cue]
        id = _row(column, cue, row)
    except AitollError as error:
        return Figures(figures=[], error=calling.problem(error, arguments=arguments)), []
    found = look_up(column.table, id, column.column, column.figure)
    if not found:
        return Figures(figures=[], error=_never_published(column, cue, id)), []
    ledger = Ledger("en")
    for estimate in found:
        ledger.add(estimate)
    return Figures(figures=ledger.finish("")[2]), caveats(column.table, id, column.column)


def _cue(said: object, row: str) -> str:
    """The quantity by its own name, or by what its figure or its column is called; or by a word that is meant of such a row."""
    spelt = str(said)[:LONGEST_TEXT].strip().lower().replace("_", " ").replace("-", " ") if isinstance(said, str) else ""
    for cue in ASKED:
        if spelt in [name.replace("_", " ") for name in (cue, COLUMNS[cue].figure, COLUMNS[cue].column)]:
            return cue
    near = [cue for cue in ASKED if spelt and _may_mean(spelt, cue)]
    meant = near if len(near) == 1 else [cue for cue in near if _or_none(COLUMNS[cue].table, row)]
    if len(meant) != 1:
        raise InvalidInput(field="quantity", value=calling.shown(said), allowed=f"use one of {', '.join(ASKED)}")
    return meant[0]


def _may_mean(spelt: str, cue: str) -> bool:
    return _called(cue).lower().startswith(spelt) or not {*spelt.split()}.isdisjoint(WORDS.get(cue, "").split())


def _row(column: Column, cue: str, said: str) -> str:
    """Its id; a name of another table is told what that one holds of it."""
    try:
        return resolved(column.table, said)
    except UnknownName:
        for table in KINDS:
            if table != column.table and (cues := _cues(table, _or_none(table, said))):
                allowed = f"{said} is a {KINDS[table]}: use {', '.join(cues)}"
                raise InvalidInput(field="quantity", value=cue, allowed=allowed) from None
        raise


def _or_none(table: str, said: str) -> str | None:
    try:
        return resolved(table, said)
    except UnknownName:
        return None


def _cues(table: str, id: str | None) -> list[str]:
    """What can be asked of a row that holds it."""
    return [cue for cue in ASKED if id and COLUMNS[cue].table == table and known(table, id, COLUMNS[cue].column)]


def _never_published(column: Column, cue: str, id: str) -> Problem:
    said = f"quantity: {label(column.figure, 'en')} of {row_name(column.table, id, 'en')} was not published"
    cues = _cues(column.table, id)
    remedy = " or ".join([*(["use " + ", ".join(cues)] if cues else []), "call ask for an estimate"])
    return Problem(code="not_published", message=f"{said}; {remedy}", field="quantity", value=cue, remedy=remedy, near=cues)
