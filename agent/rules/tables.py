"""What the tables publish of a chip, a site, a grid or a model, asked for by its name: "TDP of the H100", "PUE de Google"."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from aitoll.agent.rules.choosing import Asked, Call
from aitoll.agent.rules.fold import fold
from aitoll.agent.texts import row_name
from aitoll.tools.errors import UnknownName
from aitoll.tools.estimate import Estimate, Value, looked_up
from aitoll.tools.facts import fact, known, near, row, rows
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

LOOK_UP = "look_up"
_SERVER = deferred(r"\b(?:dgx|hgx|servers?|serveurs?|racks?|baies?)\b")
MOST = 4  # members of a family that are shown


class Column(NamedTuple):
    """Where a quantity stands, what its figure is called, and the contract's unit of it."""

    table: str
    column: str
    figure: str
    unit: str


#: cue → the columns that answer it, by the table of what is named
COLUMNS = {
    "tdp": Column("accelerators", "tdp_kw", "chip_power", "kW"),
    "memory": Column("accelerators", "memory_gb", "memory_gb", "1"),
    "peak": Column("accelerators", "bf16_flop_per_s", "peak", "FLOP/s"),
    "embodied": Column("accelerators", "embodied_kgco2e", "embodied_per_gpu", "kgCO2e"),
    "pue": Column("facilities", "pue", "pue", "1"),
    "wue": Column("facilities", "wue_l_per_kwh", "wue", "L/kWh"),
    "grid_carbon": Column("grids", "g_per_kwh", "grid", "gCO2e/kWh"),
    "grid_water": Column("grids", "ewif_l_per_kwh", "ewif", "L/kWh"),
    "size": Column("models", "params_total", "params", "1"),
    "token_count": Column("models", "tokens", "tokens", "token"),
    "gpu_count": Column("models", "chip_count", "gpus", "GPU"),
    "hardware": Column("models", "chip_count", "gpus", "GPU"),
    "mfu": Column("models", "mfu", "mfu", "1"),
}
#: those that a model may ask for; hardware is the number of chips under another word
ASKED = tuple(cue for cue in COLUMNS if cue != "hardware")
#: what a model's row may publish of a quantity that a calculator also works out
OF_MODELS = {
    "training_energy": Column("models", "energy_kwh", "training_energy", "kWh"),
    "training_water": Column("models", "water_l", "training_water", "L"),
    "training_carbon": Column("models", "co2_location_t", "training_carbon", "tCO2e"),
}
#: what the row of a whole life holds, training and use together
LIFE_CYCLE = {
    "carbon": Column("models", "co2_location_t", "life_cycle_carbon", "tCO2e"),
    "water": Column("models", "water_l", "life_cycle_water", "L"),
}
#: cues of which the plain word alone asks: "mémoire du B200", "taille de BLOOM"
CUES = ("tdp", "memory", "peak", "embodied", "pue", "wue", "size", "token_count", "gpu_count", "hardware", "mfu")
ROWS_OF = {"accelerators": "chips", "facilities": "operators", "grids": "places", "models": "models"}


def table_calls(asked: Asked) -> list[Call] | None:
    """One look-up for each thing asked and each row named; None where a calculator or the library answers."""
    slots = asked.slots
    if slots.numbers or slots.money or slots.api_models:
        return None
    asks = [COLUMNS[cue] for cue in attributes(asked)]
    columns = [column for column in asks if getattr(slots, ROWS_OF[column.table])]
    return [row_call(asked.reading, column, id) for column in columns for id in _rows(asked, column)] or None


def row_call(reading: Reading, column: Column, id: str) -> Call:
    """The value of the year that is named, where the table keeps years."""
    dated = [f"g_{year.value}" for year in reading.years if column.figure == "grid" and rows("grids").get(id, {}).get(f"g_{year.value}")]
    if column.column == "params_total" and reading.has("active") and rows("models").get(id, {}).get("params_active"):
        column = column._replace(column="params_active")
    arguments = {"table": column.table, "row": id, "column": dated[0] if dated else column.column}
    return Call(LOOK_UP, arguments, row_name(column.table, id, reading.language), figure=column.figure)


def cue_of(figure: str) -> str:
    """The cue that a figure of a table answers, for the question that follows."""
    return next((cue for cue, column in COLUMNS.items() if column.figure == figure), "")


def attributes(asked: Asked) -> list[str]:
    """What is asked of a row, by its cue, or by what the row is: the carbon of a grid, the power of a chip."""
    reading, slots = asked.reading, asked.slots
    before = asked.forced.partition(":")[2]
    found = [cue for cue in CUES if reading.has(cue) and not (cue == "gpu_count" and reading.has("gpu_hours"))]
    found = found or [cue for cue in CUES if cue == before and not asked.metrics]
    if slots.models or slots.systems:
        return [cue for cue in found if COLUMNS[cue].table == "models" and not (reading.has("use") and not reading.has("train"))]
    if slots.chips and not slots.places:
        chips = [cue for cue in found if COLUMNS[cue].table == "accelerators"]
        drawn = {"energy"} & set(asked.metrics) or reading.has("power_draw", "draws")
        if _SERVER.search(reading.folded):
            return [cue for cue in chips if cue != "tdp"]
        own = ["tdp"] if drawn and "tdp" not in chips and not set(asked.metrics) - {"energy", "compute"} else []
        return [*chips, *own]
    sites = [cue for cue in found if COLUMNS[cue].table == "facilities"]
    if sites:
        return sites
    return _of_grid(asked) if slots.places else []


def _of_grid(asked: Asked) -> list[str]:
    """The carbon and the water of a place's electricity; a country's own are none of ours."""
    if asked.forced.partition(":")[2] in ("grid_carbon", "grid_water") and not asked.metrics:
        return [asked.forced.partition(":")[2]]
    told = asked.reading.has("grid", "intensity", "cleaner") or asked.forced.startswith(LOOK_UP)
    found = ["grid_carbon"] if told and ("carbon" in asked.metrics or asked.reading.has("intensity", "cleaner")) else []
    if told and ("water" in asked.metrics or asked.reading.has("ewif")):
        found = [*(found if "carbon" in asked.metrics else []), "grid_water"]
    return found


def _rows(asked: Asked, column: Column) -> list[str]:
    """The rows named; of a family of models, its largest members."""
    slots = asked.slots
    ids: list[str] = getattr(slots, ROWS_OF[column.table])
    if column.table == "facilities":
        return [_of_site(id, asked.reading, slots, column.column) for id in ids]
    if column.table == "models":
        families = {options[1]: options[1 : 1 + MOST] for options in slots.ambiguous if options[0] == "models"}
        return [member for id in ids for member in families.get(id, (id,))]
    return ids


def _of_site(id: str, reading: Reading, slots: Slots, column: str) -> str:
    """The operator's row of the place and the year that are named, where it has one."""
    cells = row("facilities", id)
    years = {str(year.value) for year in reading.years}
    places = {fold(row("grids", place)[name]) for place in slots.places if place in rows("grids") for name in ("name", "name_fr")} - {""}
    fits = [
        other
        for other, found in rows("facilities").items()
        if found["operator"] == cells["operator"]
        and found[column]
        and (not years or any(year in found["year"] for year in years))
        and (not places or any(place in fold(found["name"] + found["region"]) for place in places))
    ]
    return fits[0] if (years or places) and fits and id not in fits else id


def look_up(table: str, row: str, column: str, figure: str) -> list[Estimate]:
    """The value of a table as a figure; none where it was never published."""
    if row not in rows(table):
        raise UnknownName(table=table, name=row, near=near(table, row))
    if not known(table, row, column):
        return []
    found = fact(table, row, column)
    return [looked_up(figure, _in_unit(found, figure))]


@cache
def _units() -> dict[str, str]:
    return {column.figure: column.unit for column in (*COLUMNS.values(), *OF_MODELS.values(), *LIFE_CYCLE.values())}


def _in_unit(found: Value, figure: str) -> Value:
    """In the contract's own unit: a chip's power is in kW, not in kW per chip."""
    unit = _units().get(figure, found.unit)
    return found if unit == found.unit else replace(found, unit=unit)


def published_beside(call: Call, estimates: list[Estimate]) -> list[Estimate]:
    """What was published of a model's run on another boundary than that of our estimate, such as the GPUs alone."""
    said = {name for name, value in call.arguments.items() if value is not None}
    column = OF_MODELS.get(call.tool)
    if said != {"model"} or column is None or (estimates and estimates[0].published):
        return []
    id = str(call.arguments["model"])
    on_site = column.column == "water_l" and row("models", id)["water_scope"].startswith("on-site")
    return look_up(column.table, id, column.column, "water_on_site" if on_site else column.figure)


def place_of(leaf: Value) -> tuple[str, str, str]:
    """Table, row and column of a value; empty where it is of no table."""
    parts = leaf.row.split("/")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and parts[0] in (*ROWS_OF, "inference") else ("", "", "")


def caveats(table: str, id: str, column: str) -> list[str]:
    """What the table warns of beside a value: its own note and boundary; the row's where the row is about little else."""
    cells = row(table, id)
    own = [cells.get(f"{column}_note", ""), cells.get({"energy_kwh": "energy_scope", "water_l": "water_scope"}.get(column, ""), "")]
    general = cells.get("note", "") if table in ("facilities", "grids", "inference") else ""
    found = [note for note in own if note] or [general]
    return ["; ".join(dict.fromkeys(note for note in found if note))] if any(found) else []


def hardware(model: str) -> str:
    """The chip that a model was trained on."""
    return rows("models").get(model, {}).get("accelerator", "")


#: what else a row may hold, by the name of its figure
HELD = {
    "models": {"flop": "train_flop", "gpu_hours": "chip_hours", "hours": "wallclock_hours", "training_energy": "energy_kwh"},
    "accelerators": {"gpu_price": "unit_price_usd", "price": "rental_usd_per_gpu_hour"},
}


def known_of(table: str, id: str) -> list[str]:
    """The quantities of a row that the tables do hold."""
    columns = {column.figure: column.column for column in COLUMNS.values() if column.table == table}
    return [figure for figure, column in {**columns, **HELD.get(table, {})}.items() if known(table, id, column)]


def dated(table: str, id: str, column: str) -> str:
    """When a row's value was true, where the table says it."""
    cells = row(table, id)
    if column.startswith("g_2"):
        return column[2:]
    return cells.get(f"{column}_date") or cells.get("year") or cells.get("date") or ""
