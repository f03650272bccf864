"""Every row of the tables under every one of its names: a new row must be understood the day it is added."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aitoll.tools.facts import aliases, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

#: table → the slot of the plan it fills, and a question in which such a name stands
FRAMES = {
    "accelerators": ("gpu", "Combien coûte la location de 12 {} pendant 10 jours à 2 $/h ?", "Cost of renting 12 {} for 10 days at $2/h?"),
    "models": ("model", "Combien de CO2 a émis l'entraînement de {} ?", "How much CO2 did training {} emit?"),
    "grids": ("place", "CO2 émis par 10 GWh : {} ?", "CO2 emitted by 10 GWh in {}?"),
    "facilities": ("facility", "Énergie de 100 H100 pendant 10 jours chez {} ?", "Energy of 100 H100s for 10 days at {}?"),
    "inference": ("system", "Énergie de 1 000 questions posées à {} ?", "Energy of 1,000 questions to {}?"),
}


@cache
def spellings() -> dict[str, dict[str, list[str]]]:
    """For each table, each spelling with the rows that it may mean."""
    found: dict[str, dict[str, list[str]]] = {}
    for table in FRAMES:
        for id, cells in rows(table).items():
            for name in {*aliases(cells)}:
                ids = found.setdefault(table, {}).setdefault(name, [])
                ids.append(id)
    return found


def named() -> Iterator[tuple[str, str, list[str], str, str]]:
    """Table's slot, spelling, rows it may mean, language and question."""
    for table, (slot, french, english) in FRAMES.items():
        for name, ids in spellings()[table].items():
            yield slot, name, ids, "fr", french.format(name)
            yield slot, name, ids, "en", english.format(name)
