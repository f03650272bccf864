"""Rows of data/, as typed values; an incomplete one is refused when it is used, and by the tests before that."""

from __future__ import annotations

import csv
import math
from functools import cache
from importlib.resources import files

from aitoll.tools.errors import DataFault, UnknownName
from aitoll.tools.estimate import Status, Value

#: The unit of a column that does not carry it in full; `constants` has a column for it.
UNITS = {
    "bf16_flop_per_s": "FLOP/s/GPU",
    "fp8_flop_per_s": "FLOP/s/GPU",
    "tdp_kw": "kW/GPU",
    "unit_price_usd": "USD/GPU",
    "amortised_hw_energy_usd": "USD",
    "rental_usd_per_gpu_hour": "USD/GPU-hour",
    "usd_per_gpu_hour": "USD/GPU-hour",
    "embodied_kgco2e": "kgCO2e/GPU",
    "tokens": "token",
    "output_tokens": "token",
    "train_flop": "FLOP",
    "chip_count": "GPU",
    "chip_hours": "GPU-hour",
    "wallclock_hours": "hour",
    "cost_usd": "USD",
    "energy_kwh": "kWh",
    "co2_location_t": "tCO2e",
    "co2_market_t": "tCO2e",
    "co2_g": "gCO2e",
    "water_l": "L",
    "water_onsite_l": "L",
    "water_offsite_l": "L",
    "g_per_kwh": "gCO2e/kWh",
    "grid_g_per_kwh": "gCO2e/kWh",
    "ewif_l_per_kwh": "L/kWh",
    "wue_l_per_kwh": "L/kWh",
}
Row = dict[str, str]


@cache
def rows(table: str) -> dict[str, Row]:
    """All rows of a table by id, in its order."""
    text = files("aitoll.tools").joinpath("data", f"{table}.csv").read_text("utf-8")
    reader = csv.reader(text.splitlines())
    header = next(reader)
    return {cells[0]: dict(zip(header, cells, strict=True)) for cells in reader}


def row(table: str, id: str) -> Row:
    found = rows(table).get(id)
    if found is None:
        raise UnknownName(table=table, name=id, near=near(table, id))
    return found


def near(table: str, name: str, most: int = 3) -> list[str]:
    """Ids of the rows whose id, name or alias is spelt like this."""
    from difflib import get_close_matches

    spelt = {text.lower(): id for id, cells in rows(table).items() for text in (id, cells.get("name", ""), *aliases(cells)) if text}
    return list(dict.fromkeys(spelt[text] for text in get_close_matches(name.lower(), spelt, n=3 * most, cutoff=0.6)))[:most]


def aliases(cells: Row) -> list[str]:
    return [alias.strip() for alias in cells.get("aliases", "").split(";") if alias.strip()]


def known(table: str, id: str, column: str) -> bool:
    """Whether the table has this value: blank means not published."""
    return bool(row(table, id).get(column))


@cache
def fact(table: str, id: str, column: str) -> Value:
    """One value of a table with its range, status and source."""
    cells = row(table, id)
    value = _number(table, cells, column)
    if value is None:
        raise DataFault(table=table, row=id, column=column, reason="is not published here")
    low, high = _number(table, cells, f"{column}_low"), _number(table, cells, f"{column}_high")
    bound = cells.get(f"{column}_bound", "")
    status = cells.get(f"{column}_status") or cells.get("status", "")
    own_assumption = cells.get(f"{column}_status") == "assumed"  # ours, not the row's source's
    found = Value(
        value,
        UNITS.get(column, "1"),
        _status(table, id, column, status),
        None if bound == "max" else value if low is None else low,
        None if bound == "min" else value if high is None else high,
        source=cells.get(f"{column}_source") or (None if own_assumption else cells.get("source")) or None,
        where=cells.get(f"{column}_where") or ("" if own_assumption else cells.get("where", "")),
        note=cells.get(f"{column}_note") or cells.get("note", ""),
        row=f"{table}/{id}/{column}",
    )
    return _complete(table, id, column, found)


@cache
def constant(id: str) -> Value:
    """A row of `constants`, where the unit has a column of its own."""
    cells = row("constants", id)
    value, low, high = (_number("constants", cells, column) for column in ("value", "low", "high"))
    if value is None:
        raise DataFault(table="constants", row=id, column="value", reason="is empty")
    found = Value(
        value,
        cells["unit"],
        _status("constants", id, "value", cells["status"]),
        value if low is None else low,
        value if high is None else high,
        source=cells["source"] or None,
        where=cells["where"],
        note=cells["note"],
        row=f"constants/{id}/value",
    )
    return _complete("constants", id, "value", found)


def _status(table: str, id: str, column: str, status: str) -> Status:
    if status == "published":
        return "published"
    if status == "assumed":
        return "assumed"
    raise DataFault(table=table, row=id, column=column, reason=f"status {status!r} is neither published nor assumed")


def _number(table: str, cells: Row, column: str) -> float | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataFault(table=table, row=cells.get("id", "?"), column=column, reason=f"{text!r} is not a number")
    return number


def _complete(table: str, id: str, column: str, found: Value) -> Value:
    """Published: source and place. Assumed: a note that a reader can disagree with. Low, value, high in order."""
    reason = None
    if found.status == "published" and not (found.source and found.where):
        reason = "is published, but its source or the place in it is missing"
    elif found.status == "assumed" and not found.note:
        reason = "is assumed, but no note says why"
    elif (found.low is not None and found.low > found.value) or (found.high is not None and found.high < found.value):
        reason = "is outside its own range"
    if reason:
        raise DataFault(table=table, row=id, column=column, reason=reason)
    return found
