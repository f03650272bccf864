"""Every row of the tables is complete, in order, plausible and cited; the same checks refuse a broken row."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from aitoll.tools.facts import Row, aliases, rows
from aitoll.tools.implied_utilisation import further, student, used
from aitoll.tools.notice import notice
from aitoll.tools.units import measure

ROOT = Path(__file__).parents[2]
TABLES = ("accelerators", "models", "grids", "facilities", "inference", "constants", "epoch_costs", "rentals")
FILES = (*TABLES, "sources")
KINDS = {"article", "faq", "primary", "data"}
ABOUT = ("_low", "_high", "_status", "_source", "_where", "_note", "_date", "_bound")  # what a column can say about another
WORDS = set(
    re.findall(
        r"\w+",
        """
        id name name_fr aliases vendor kind released organization flop_method hardware accelerator
        cost_basis cost_kind energy_scope water_scope
        region quality status source where url note iso3 provider place host year basis operator facility wue_scope cooling
        accounting_note system task functional_unit co2_basis location boundary date unit interval imputed_hardware g_check_year mix_year
        chip tier
        """,
    )
)
#: What a value can be; outside, a unit or a place was mistaken (sparse peaks, MWh for kWh, t for kg).
GATES = {
    "pue": (1, 3),
    "mfu": (0.02, 0.8),
    "g_per_kwh": (1, 1200),
    "grid_g_per_kwh": (5, 1200),
    "ewif_l_per_kwh": (0.1, 20),
    "wue_l_per_kwh": (0, 3),
    "cfe_share": (0, 1),
    "bf16_flop_per_s": (1e12, 1e16),
    "tdp_kw": (0.05, 25),
    "server_power_ratio": (1, 2.5),
    "server_cost_factor": (1, 2.5),
    "unit_price_usd": (500, 3e6),
    "rental_usd_per_gpu_hour": (0.05, 20),
    "usd_per_gpu_hour": (0.05, 20),
    "embodied_kgco2e": (50, 2000),
    "params_total": (1e7, 1e13),
    "params_active": (1e7, 1e13),
    "tokens": (1e9, 1e14),
    "train_flop": (1e18, 1e27),
    "chip_hours": (100, 1e9),
}
DENSE_FLOP_PER_S_PER_KW = 2.6e15  # the best dense 16-bit peak of 2025 is 2.4e15: a sparse one stands out
GRAMS_PER_KWH = (5, 1200)


def values(cells: Row) -> dict[str, float]:
    """The numbers of a row, but for ranges; text where a number belongs is not finite."""
    found = {column: text for column, text in cells.items() if text and column not in WORDS and not column.endswith(ABOUT)}
    return {column: number(text) for column, text in found.items()}


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def faults(cells: Row, sources: dict[str, Row], chips: dict[str, Row]) -> list[str]:
    """What is wrong with a row, in words; nothing when it can be used."""
    found = [fault for column, value in values(cells).items() for fault in value_faults(cells, column, value)]
    found += [f"{column}: {cells[column]!r} says something about nothing" for column in cells if stray(cells, column)]
    cited = {column: text for column, text in cells.items() if text and (column == "source" or column.endswith("_source"))}
    found += [f"{column}: {text!r} is not in sources.csv" for column, text in cited.items() if text not in sources]
    if cells.get("accelerator") and cells["accelerator"] not in chips:
        found.append(f"accelerator: no row named {cells['accelerator']!r}")
    return found + implausible(cells)


def value_faults(cells: Row, column: str, value: float) -> list[str]:
    prefix = "" if column == "value" else f"{column}_"
    low, high = (number(cells.get(f"{prefix}{end}", "") or str(value)) for end in ("low", "high"))
    least, most = GATES.get(column, (0, math.inf))
    found = [] if low <= value <= high else [f"{column}: {low} ≤ {value} ≤ {high} does not hold"]
    if not least <= value <= most:
        found.append(f"{column}: {value} is outside {least} to {most}")
    return found + provenance_faults(cells, column)


def provenance_faults(cells: Row, column: str) -> list[str]:
    status = cells.get(f"{column}_status") or cells["status"]
    said = {part: cells.get(f"{column}_{part}") or cells.get(part) for part in ("source", "where", "note")}
    if status == "published":
        return [f"{column}: is published, but has no {part}" for part in ("source", "where") if not said[part]]
    if status == "assumed":
        return [] if said["note"] else [f"{column}: is assumed, but no note says why"]
    return [f"{column}: status {status!r} is neither published nor assumed"]


def stray(cells: Row, column: str) -> bool:
    about = next((column.removesuffix(ending) for ending in ABOUT if column.endswith(ending)), "")
    return bool(cells[column] and about and about in cells and not cells[about])


def implausible(cells: Row) -> list[str]:
    """Two numbers of one row that cannot both be right."""
    found = []
    known = values(cells)
    for grams, carbon in ((1e6, "co2_location_t"), (1, "co2_g")):
        if known.get("energy_kwh") and known.get(carbon):
            implied = grams * known[carbon] / known["energy_kwh"]
            if not GRAMS_PER_KWH[0] <= implied <= GRAMS_PER_KWH[1]:
                found.append(f"{carbon}: implies {implied:.3g} g/kWh, outside {GRAMS_PER_KWH}")
    if known.get("tdp_kw") and known.get("bf16_flop_per_s", 0) > DENSE_FLOP_PER_S_PER_KW * known["tdp_kw"]:
        found.append("bf16_flop_per_s: more per kilowatt than any dense peak: is it the sparse one?")
    if known.get("params_active", 0) > known.get("params_total", math.inf):
        found.append("params_active: more than params_total")
    if cells.get("cost_usd_bound") and cells.get({"min": "cost_usd_high", "max": "cost_usd_low"}[cells["cost_usd_bound"]]):
        found.append("cost_usd_bound: the open end has a value")
    return found


def test_the_same_checks_refuse_a_broken_row() -> None:
    good = rows("accelerators")["h100-sxm"]
    broken = {
        "where": ({"unit_price_usd_where": "", "where": ""}, "is published, but has no where"),
        "source": ({"source": "a-blog"}, "'a-blog' is not in sources.csv"),
        "order": ({"unit_price_usd_low": "40000"}, "does not hold"),
        "note": ({"rental_usd_per_gpu_hour_note": "", "note": ""}, "no note says why"),
        "status": ({"status": "guessed"}, "neither published nor assumed"),
        "number": ({"tdp_kw": "700 W"}, "nan"),
        "unit": ({"tdp_kw": "700"}, "outside 0.05 to 25"),
        "sparse": ({"bf16_flop_per_s": "1.979e15"}, "is it the sparse one?"),
        "stray": ({"embodied_kgco2e": ""}, "says something about nothing"),
    }
    for change, message in broken.values():
        said = "; ".join(faults({**good, **change}, rows("sources"), rows("accelerators")))
        assert message in said, said
    assert faults(good, rows("sources"), rows("accelerators")) == []


def test_a_published_figure_that_implies_an_impossible_grid_is_refused() -> None:
    card = {**rows("models")["gpt-3-175b"], "co2_location_t": "3.4"}
    assert "implies 2.64 g/kWh" in "; ".join(faults(card, rows("sources"), rows("accelerators")))


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_complete_in_order_and_plausible(table: str) -> None:
    found = {id: faults(cells, rows("sources"), rows("accelerators")) for id, cells in rows(table).items()}
    assert {id: said for id, said in found.items() if said} == {}


@pytest.mark.parametrize("table", FILES)
def test_ids_are_unique_and_in_lower_case_with_hyphens(table: str) -> None:
    ids = [line.partition(",")[0] for line in path(table).read_text("utf-8").splitlines()[1:]]
    assert [id for id, times in Counter(ids).items() if times > 1] == []
    assert [id for id in ids if not re.fullmatch(r"[a-z0-9]+([-:][a-z0-9]+)*", id)] == []


@pytest.mark.parametrize("table", [table for table in TABLES if table not in ("constants", "rentals")])
def test_a_name_or_an_alias_leads_to_one_row(table: str) -> None:
    owners: dict[str, set[str]] = {}
    for id, cells in rows(table).items():
        for text in (cells["name"], cells.get("name_fr", ""), *aliases(cells)):
            owners.setdefault(text.casefold(), set()).add(id)
    assert {text: sorted(ids) for text, ids in owners.items() if text and len(ids) > 1} == {}


@pytest.mark.parametrize("table", FILES)
def test_a_table_is_small_and_plain(table: str) -> None:
    raw = path(table).read_bytes()
    assert len(raw) < 400_000
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")


def test_every_source_has_title_kind_licence_and_dates() -> None:
    for id, cells in rows("sources").items():
        assert cells["title"], id
        assert cells["licence"], id
        assert cells["kind"] in KINDS, id
        assert date.fromisoformat(cells["accessed"]) < date.fromisoformat(cells["review_by"]), id
        assert re.fullmatch(r"(\d{4}(-\d\d){0,2})?", cells["published"]), id
        assert re.fullmatch(r"(https?://\S+)?", cells["url"]), id


def test_every_constant_is_measured_in_a_known_unit() -> None:
    for cells in rows("constants").values():
        assert measure(cells["unit"])


@pytest.mark.parametrize("family", ["default", "a100", "h100", "moe", "tpu"])
def test_the_range_of_the_utilisation_is_the_one_that_published_runs_make_likely(family: str) -> None:
    low, middle, high = further(list(used()[family].values()))
    kept = rows("constants")[f"mfu-over-reported-hours-{family}"]
    assert (float(kept["low"]), float(kept["high"])) == pytest.approx((low, high), rel=0.05)
    assert low < 0.8 * middle < float(kept["value"]) < 1.25 * middle < high


def test_the_points_of_student_are_those_of_the_tables() -> None:
    assert [student(freedom) for freedom in (5, 8, 15, 25)] == pytest.approx([2.015, 1.860, 1.753, 1.708], rel=5e-3)


def test_every_country_and_state_has_a_french_name() -> None:
    assert [id for id, cells in rows("grids").items() if not cells["name_fr"]] == []


@pytest.mark.parametrize(("id", "peak"), [("h100-sxm", 9.894e14), ("a100-80-sxm", 3.12e14), ("b200", 2.25e15), ("tpu-v4", 2.75e14)])
def test_peaks_are_dense(id: str, peak: float) -> None:
    assert float(rows("accelerators")[id]["bf16_flop_per_s"]) == peak


@pytest.mark.parametrize(
    ("table", "alias", "id"),
    [
        ("accelerators", "H100", "h100-sxm"),
        ("accelerators", "TPU 4", "tpu-v4"),
        ("accelerators", "4090", "rtx-4090"),
        ("models", "ChatGPT-4", "gpt-4"),
        ("models", "Gemini", "gemini-1-0-ultra"),
        ("models", "llama3.1 405b", "llama-3-1-405b"),
        ("grids", "Allemagne", "deu"),
        ("grids", "Californie", "us-ca"),
    ],
)
def test_what_people_write_leads_to_the_row(table: str, alias: str, id: str) -> None:
    cells = rows(table)[id]
    written = {cells["name"], cells.get("name_fr", ""), *aliases(cells)}
    assert alias.casefold() in {text.casefold() for text in written}


@pytest.mark.parametrize(("table", "alias"), [("models", "Llama 3.1"), ("models", "Qwen2.5"), ("models", "Pythia"), ("grids", "Georgia")])
def test_a_name_that_fits_several_rows_leads_to_none(table: str, alias: str) -> None:
    assert [id for id, cells in rows(table).items() if alias.casefold() in map(str.casefold, (cells["name"], *aliases(cells)))] == []


def test_the_notice_is_the_one_generated_from_the_bibliography() -> None:
    assert (ROOT / "NOTICE").read_text("utf-8") == notice()


def path(table: str) -> Path:
    return ROOT / "tools" / "data" / f"{table}.csv"
