"""Questions that ask for an input: how many chips for a deadline, how many hours for a budget, which price makes a total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aitoll.agent.rules.choosing import Asked, Call, pick
from aitoll.agent.rules.measures import scaled
from aitoll.tools.inputs import Range
from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from aitoll.agent.rules.slots import Slots

RUN = ("params", "tokens", "flop", "gpu_hours")


def inverse_calls(asked: Asked) -> list[Call] | None:
    for form in (_questions, _chips, _price, _hours, _energy, _intensity, _size, _growth):
        found = form(asked)
        if found is not None:
            return [found]
    return None


def _solve(slots: Slots, tool: str, wanted: str, target: Any, *without: str) -> Call:
    """The call whose result is the limit; what is sought, and the limit itself, are no inputs."""
    arguments = {name: value for name, value in pick(slots, tool).items() if name not in (wanted, *without)}
    return Call(tool, arguments, "", slots.currency or "USD", wanted=wanted, target=target)


def _described(slots: Slots) -> bool:
    numbers = slots.numbers
    return bool(slots.models or "gpu_hours" in numbers or "flop" in numbers or {"params", "tokens"} <= numbers.keys())


def _questions(asked: Asked) -> Call | None:
    """ "How many questions do 4 litres cover?" """
    numbers = asked.slots.numbers
    if not asked.reading.has("question_count") or "questions" in numbers:
        return None
    volumes = (
        [value for value in asked.slots.volumes if value != numbers.get("water_l")] if "per_questions" in numbers else asked.slots.volumes
    )
    if volumes:
        own = ("water_l",) if "per_questions" not in numbers else ()
        return _solve(asked.slots, "use_water", "questions", volumes[0], *own)
    if "energy_kwh" in numbers:
        return _solve(asked.slots, "use_energy", "questions", numbers["energy_kwh"])
    if "carbon_t" in numbers:
        return _solve(asked.slots, "use_carbon", "questions", scaled(numbers["carbon_t"], 1e6))
    return None


def _chips(asked: Asked) -> Call | None:
    """How many chips for a deadline, a budget, an energy, a power."""
    numbers = asked.slots.numbers
    if "gpu_count" not in asked.metrics or "gpus" in numbers:
        return None
    if "hours" in numbers and _described(asked.slots):
        return _solve(asked.slots, "training_time", "gpus", numbers["hours"], "hours")
    if "hours" in numbers and asked.slots.money and "unit_price" not in numbers:
        return _solve(asked.slots, "training_cost", "gpus", asked.slots.money[0])
    if "hours" in numbers and "carbon_t" in numbers:
        return _solve(asked.slots, "training_carbon", "gpus", numbers["carbon_t"])
    if "hours" in numbers and "energy_kwh" in numbers:
        return _solve(asked.slots, "training_energy", "gpus", numbers["energy_kwh"])
    if "site_kw" in numbers and not asked.slots.money:
        return _solve(asked.slots, "cluster_power", "gpus", numbers["site_kw"])
    return None


_OF_A_CHIP = deferred(
    r"(?:price|cost|much|prix|cout|combien|tarif)(?: is| does| est| coute| vaut)?(?: (?:that|it|ca))? "
    r"(?:per|of (?:a|one|each)|for (?:a|one|each)|each|an?|par|la|le|pour (?:une?|chaque)|d'une?|une?|chaque) ?"
    r"(?:gpu|card|chip|carte|puce|unit|unite|piece|\ue001+)"
)


def _price(asked: Asked) -> Call | None:
    """Which price of an hour, or of a kilowatt-hour, makes this total."""
    numbers = asked.slots.numbers
    bought = len(asked.slots.money) == 1 and "gpus" in numbers and not {"unit_price", "hours"} & numbers.keys()
    if bought and _OF_A_CHIP.search(asked.reading.folded):
        return _solve(asked.slots, "gpu_budget", "unit_price", asked.slots.money[0], "gpu")  # "250 cards for $7.75 million"
    if not asked.slots.money or not asked.reading.has("price_of"):
        return None
    if "price" not in numbers and ("gpu_hours" in numbers or {"gpus", "hours"} <= numbers.keys()):
        return _solve(asked.slots, "training_cost", "price", asked.slots.money[0])
    if "energy_kwh" in numbers and "electricity_price" not in numbers:
        return _solve(asked.slots, "electricity_cost", "electricity_price", asked.slots.money[0])
    return None


def _hours(asked: Asked) -> Call | None:
    """How long, or how many chip-hours, a budget or a cap allows."""
    numbers = asked.slots.numbers
    if "hours" in numbers or "gpu_hours" in numbers or not {"duration", "gpu_hours"} & set(asked.metrics):
        return None
    if {"params", "tokens", "flop"} & numbers.keys() or asked.slots.models:
        return None
    wanted = "hours" if "gpus" in numbers and "gpu_hours" not in asked.metrics else "gpu_hours"
    if asked.slots.money and "unit_price" not in numbers:
        return _solve(asked.slots, "training_cost", wanted, asked.slots.money[0], "gpus" if wanted == "gpu_hours" else "")
    if "carbon_t" in numbers:
        return _solve(asked.slots, "training_carbon", wanted, numbers["carbon_t"])
    if "energy_kwh" in numbers:
        return _solve(asked.slots, "training_energy", wanted, numbers["energy_kwh"])
    return None


def _energy(asked: Asked) -> Call | None:
    """How much electricity a sum buys or a mass of CO2 stands for."""
    numbers = asked.slots.numbers
    if "energy" not in asked.metrics or {"energy_kwh", "gpus", "gpu_hours"} & numbers.keys() or asked.slots.models:
        return None
    if asked.slots.money and "electricity_price" in numbers:
        return _solve(asked.slots, "electricity_cost", "energy_kwh", asked.slots.money[0])
    if "carbon_t" in numbers and ("grid_g_per_kwh" in numbers or asked.slots.places):
        return _solve(asked.slots, "training_carbon", "energy_kwh", numbers["carbon_t"])
    return None


def _intensity(asked: Asked) -> Call | None:
    numbers = asked.slots.numbers
    if not asked.reading.has("intensity") or not {"carbon_t", "energy_kwh"} <= numbers.keys():
        return None
    return _solve(asked.slots, "training_carbon", "grid_g_per_kwh", numbers["carbon_t"])


def _size(asked: Asked) -> Call | None:
    """How many tokens, or how large a model, some operations allow."""
    numbers = asked.slots.numbers
    if "flop" in numbers and "params" in numbers and "tokens" not in numbers and asked.reading.has("token_count"):
        return _solve(asked.slots, "training_compute", "tokens", numbers["flop"], "flop")
    if "flop" in numbers and "tokens" in numbers and "params" not in numbers and asked.reading.has("size"):
        return _solve(asked.slots, "training_compute", "params", numbers["flop"], "flop")
    return None


def _growth(asked: Asked) -> Call | None:
    """At what rate, or in how many years, one sum becomes another."""
    money = asked.slots.money
    if len(money) == 1 and isinstance(money[0], Range) and len(asked.reading.years) > 1 and "growth" not in asked.slots.numbers:
        money = [*money[0]]  # "from $5M to $100M"
    if asked.reading.has("gap") or len(money) != 2 or not (asked.reading.has("growth") or "growth" in asked.slots.numbers):
        return None
    years = (
        float(abs(asked.reading.years[-1].value - asked.reading.years[0].value))
        if len(asked.reading.years) > 1
        else asked.slots.numbers.get("years")
    )
    first, last = money
    if years is None and "duration" in asked.metrics:
        growth = {"growth": asked.slots.numbers["growth"]} if "growth" in asked.slots.numbers else {}
        return Call("cost_growth", {"cost": first, **growth}, "", asked.slots.currency or "USD", wanted="years", target=last)
    if years is not None and "growth" not in asked.slots.numbers:
        return Call("cost_growth", {"cost": first, "years": years}, "", asked.slots.currency or "USD", wanted="growth", target=last)
    return None
