"""Which row of a table is highest or lowest: "which model cost most", "the cleanest grid", "quelle puce consomme le plus"."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aitoll.agent.rules.choosing import Call
from aitoll.agent.rules.tables import LOOK_UP
from aitoll.agent.texts import row_name
from aitoll.tools.facts import row, rows
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from aitoll.agent.rules.choosing import Asked
    from aitoll.agent.rules.reading import Reading

SHOWN = 3  # rows of a ranking


class Ranked(NamedTuple):
    """What is ranked, by which columns (the first by the others), and what each is called as a figure."""

    table: str
    columns: tuple[str, ...]
    figures: tuple[str, ...]


COST = Ranked("epoch_costs", ("amortised_hw_energy_usd",), ("amortised_cost",))
OF_MODELS = {
    "carbon": Ranked("models", ("co2_location_t",), ("training_carbon",)),
    "water": Ranked("models", ("water_l",), ("training_water",)),
    "energy": Ranked("models", ("energy_kwh",), ("training_energy",)),
    "compute": Ranked("models", ("train_flop",), ("flop",)),
    "gpu_hours": Ranked("models", ("chip_hours",), ("gpu_hours",)),
    "token_count": Ranked("models", ("tokens",), ("tokens",)),
    "cost": COST,
    "dearer": COST,
    "size": Ranked("models", ("params_total",), ("params",)),
}
EFFICIENT = Ranked("accelerators", ("bf16_flop_per_s", "tdp_kw"), ("peak", "chip_power"))
OF_CHIPS = {
    "utilisation": EFFICIENT,
    "memory": Ranked("accelerators", ("memory_gb",), ("memory_gb",)),
    "embodied": Ranked("accelerators", ("embodied_kgco2e",), ("embodied_per_gpu",)),
    "rent": Ranked("accelerators", ("rental_usd_per_gpu_hour",), ("price",)),
    "cost": Ranked("accelerators", ("unit_price_usd",), ("gpu_price",)),
    "dearer": Ranked("accelerators", ("unit_price_usd",), ("gpu_price",)),
    "tdp": Ranked("accelerators", ("tdp_kw",), ("chip_power",)),
    "draws": Ranked("accelerators", ("tdp_kw",), ("chip_power",)),
    "energy": Ranked("accelerators", ("tdp_kw",), ("chip_power",)),
    "peak": Ranked("accelerators", ("bf16_flop_per_s",), ("peak",)),
}
OF_SITES = {"pue": Ranked("facilities", ("pue",), ("pue",)), "wue": Ranked("facilities", ("wue_l_per_kwh",), ("wue",))}
GRIDS = Ranked("grids", ("g_per_kwh",), ("grid",))

_MODEL = deferred(r"\b(?:models?|modeles?|llms?|training runs?|entrainements?)\b")
_CHIP = deferred(r"\b(?:chips?|gpus?|tpus?|accelerators?|puces?|accelerateurs?|cartes?|graphics cards?)\b")
_GRID = deferred(r"\b(?:grids?|countr(?:y|ies)|pays|reseaux?|electricite|electricity)\b")
_COUNTRY = deferred(r"\b(?:grids?|countr(?:y|ies)|pays|reseaux?(?! de neurones))\b")
_BIG = deferred(r"\b(?:gros|grand|big|large|small|petit)(?:e?s?|gest|est)\b")
_COMPUTING = deferred(r"\bcalculs?\b|\bcomput\w+")
_PER_WATT = deferred(r"(?:per|par|/) ?(?:watts?|joule|kwh?)\b|\befficient\w*|\befficac\w*|\beconome\w*")
_LOW = deferred(
    r"\b(?:least|lowest|fewest|cheapest|smallest|cleanest|greenest|moins|moindre"
    r"|(?:plus|les?) (?:propre|vert|bas|faible|petit|econome|sobre)\w*)\b"
)
_BOUND = deferred(r"\bat (?:most|least)\b|\bau (?:plus|moins)\b")
_GOOD = deferred(r"\b(?:best|meilleure?s?|(?:most|plus) (?:efficient|efficace)\w*)\b")
_CARBONED = deferred(r"\b(?:moins|least) (?:[a-z-]+ )?(?:propre|vert|clean|green)\w*")
#: rows that are more than one training
_WIDER = ("18-months-of-use", "family", "development")


def ranking_calls(asked: Asked) -> list[Call]:
    """The first rows of the ranking that is asked for; none where something is named or given."""
    reading, slots = asked.reading, asked.slots
    if not slots.empty or reading.years or reading.strangers or reading.has("why", "claim") or _is_use(reading):
        return []
    ranked = None if _BOUND.search(reading.folded) else _ranked(reading)
    if ranked is None:
        return []
    low = _is_low(reading, ranked)
    ids = sorted(_held(ranked), key=lambda id: (_by(ranked, id) * (1 if low else -1), id))[:SHOWN]
    return [
        Call(LOOK_UP, {"table": ranked.table, "row": id, "column": column}, row_name(ranked.table, id, reading.language), figure=figure)
        for id in ids
        for column, figure in zip(ranked.columns, ranked.figures, strict=True)
    ]


def _is_use(reading: Reading) -> bool:
    """Questions to a model, which no ranking holds; what a run "demande" is none."""
    return any(cue.name == "use" and not cue.text.startswith("demand") for cue in reading.cues)


def lead_of(asked: Asked, calls: list[Call]) -> tuple[str, str]:
    """Which sentence tells the ranking, and the quantity by which it is."""
    ranked = _ranked(asked.reading)
    low = ranked is not None and _is_low(asked.reading, ranked)
    figure = "efficiency" if ranked is EFFICIENT else calls[0].figure
    return f"ranked_{'low' if low else 'high'}", figure


def _ranked(reading: Reading) -> Ranked | None:
    folded = reading.folded
    if _CHIP.search(folded):
        if _PER_WATT.search(folded):
            return EFFICIENT
        return _first(OF_CHIPS, reading)
    if reading.has("pue", "wue"):
        return _first(OF_SITES, reading)
    if _COUNTRY.search(folded) and reading.has("cleaner", "carbon", "intensity"):
        return GRIDS
    if _MODEL.search(folded):
        fallback = "compute" if _COMPUTING.search(folded) else "size" if _BIG.search(folded) else ""
        return _first(OF_MODELS, reading) or OF_MODELS.get(fallback)
    if _GRID.search(folded) and (reading.has("cleaner", "carbon", "intensity")):
        return GRIDS
    return None


def _first(options: dict[str, Ranked], reading: Reading) -> Ranked | None:
    return next((ranked for cue, ranked in options.items() if reading.has(cue)), None)


def _is_low(reading: Reading, ranked: Ranked) -> bool:
    if ranked.table == "facilities" and _GOOD.search(reading.folded):
        return True
    if ranked is EFFICIENT:
        return bool(_CARBONED.search(reading.folded)) or "least" in reading.folded
    return bool(_LOW.search(reading.folded)) and not _CARBONED.search(reading.folded)


def _held(ranked: Ranked) -> list[str]:
    """Rows that hold the value: of one country, one chip, one training."""
    keep: dict[str, Callable[[dict[str, str]], bool]] = {
        "grids": lambda cells: cells["kind"] == "country",
        "accelerators": lambda cells: cells["kind"] in ("gpu", "tpu"),
        "facilities": lambda cells: cells["facility"] not in ("survey", "provider default") and cells["quality"] != "C",
        "models": lambda cells: not any(word in cells["id"] for word in _WIDER),
    }
    kept = keep.get(ranked.table)
    full = {id: cells for id, cells in rows(ranked.table).items() if all(cells[column] for column in ranked.columns)}
    return [id for id, cells in full.items() if kept is None or kept(cells)]


def _by(ranked: Ranked, id: str) -> float:
    first, *others = (float(row(ranked.table, id)[column]) for column in ranked.columns)
    return first / others[0] if others else first
