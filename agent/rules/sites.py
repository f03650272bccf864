"""A site that is known by its power: what it draws, emits, takes of water and pays for electricity."""

from __future__ import annotations

from aitoll.agent.rules.choosing import Asked, Call, asked_metrics, call_of, variants
from aitoll.agent.rules.measures import highest
from aitoll.tools.patterns import deferred

METER = deferred(r"\bmeter(?:ed)?\b|compteur|overhead included|pue compris|tout compris")
AT_A_SITE = {"energy": "training_energy", "carbon": "training_carbon", "water": "training_water", "cost": "electricity_cost"}


def site_calls(asked: Asked) -> list[Call] | None:
    """A site known by its power: of its machines where its overhead is told, else at the meter; all at once where all is asked."""
    numbers, metrics = asked.slots.numbers, asked_metrics(asked.reading, asked.slots, asked.metrics)
    tools = list(dict.fromkeys(AT_A_SITE[metric] for metric in metrics if metric in AT_A_SITE))
    if "site_kw" not in numbers or not tools or asked.slots.models or {"gpus", "gpu_hours", "energy_kwh", "growth"} & numbers.keys():
        return None
    metered = METER.search(asked.reading.folded)
    power = {"it_power_kw" if "pue" in numbers and not metered else "site_power_kw": numbers["site_kw"]}
    if metered and "pue" in numbers:
        asked.slots.spent.add(highest(numbers.pop("pue")))  # the meter counts the overhead already
    asked.slots.spent.add(highest(numbers["site_kw"]))
    if tools == ["electricity_cost", "training_energy"] or tools == ["training_energy", "electricity_cost"]:
        tools = ["electricity_cost"]  # what electricity costs is no question about energy
    tools = ["footprint"] if len(tools) > 2 else tools
    return [call_of(tool, variant, asked.reading, **power) for tool in tools for variant in variants(asked.slots)]
