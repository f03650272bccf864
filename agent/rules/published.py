"""Balances that were published of a whole: a model's training and use together, one answer of so many tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aitoll.agent.rules.choosing import system_of
from aitoll.agent.rules.tables import LIFE_CYCLE, row_call
from aitoll.tools.facts import row, rows

if TYPE_CHECKING:
    from aitoll.agent.rules.choosing import Asked, Call
    from aitoll.agent.rules.slots import Slots

COUNTED = ("tokens", "output_tokens", "questions")


def life_cycle_calls(asked: Asked) -> list[Call]:
    """What the balance of the whole life says of the CO2 and the water of a model, where there is one."""
    reading, slots = asked.reading, asked.slots
    of_one = slots.spent or {*COUNTED} & slots.numbers.keys() or (reading.has("use") and "hours" not in slots.numbers)
    if of_one and not reading.has("train"):
        return []
    metrics = asked.metrics or (LIFE_CYCLE if reading.has("life_cycle") else ())
    columns = [LIFE_CYCLE[metric] for metric in metrics if metric in LIFE_CYCLE]
    return [row_call(reading, column, id) for id in _wholes(slots) for column in columns if rows("models")[id][column.column]]


def is_only_whole(asked: Asked) -> bool:
    """Whether more than the training is asked about, so that an estimate of it alone is no answer."""
    return asked.reading.has("life_cycle", "use") or "hours" in asked.slots.numbers


def _wholes(slots: Slots) -> list[str]:
    """Rows of the models named, or of those that the systems named run, that hold a life cycle."""
    names = [row("models", id)["name"] for id in slots.models]
    names += [row("inference", id)["name"].split(" (")[0] for id in slots.systems]
    cycles = {id: cells["name"] for id, cells in rows("models").items() if cells["water_scope"].startswith("life cycle")}
    return [id for id, whole in cycles.items() if any(whole.startswith(f"{name} (") for name in names)]


def of_published_length(slots: Slots) -> None:
    """An answer as long as the one that was published is that one: its tokens are no input."""
    systems = slots.systems or [found for id in slots.models if (found := system_of(id))]
    for name in ("tokens", "output_tokens"):
        said = slots.numbers.get(name)
        if isinstance(said, float) and any(row("inference", id)["output_tokens"] == f"{said:g}" for id in systems):
            if any(row("inference", id)["energy_kwh"] for id in systems):
                continue
            del slots.numbers[name]
            slots.spent.add(said)
