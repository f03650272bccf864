"""Which calculators answer, with which inputs: one call for each quantity asked and each thing compared."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aitoll.agent.texts import row_name
from aitoll.tools.inputs import Range
from aitoll.tools.registry import calculator

if TYPE_CHECKING:
    from aitoll.agent.rules.reading import Reading
    from aitoll.agent.rules.slots import Slots

RUN = ("params", "tokens", "flop", "gpus", "hours", "gpu_hours", "mfu")
DESCRIBED = ("params", "tokens", "flop", "gpus", "hours", "gpu_hours", "energy_kwh")
TRAINING = {
    "energy": "training_energy",
    "carbon": "training_carbon",
    "water": "training_water",
    "compute": "training_compute",
    "duration": "training_time",
    "gpu_hours": "training_time",
}
USE = {"energy": "use_energy", "carbon": "use_carbon", "water": "use_water"}


@dataclass
class Call:
    """A calculator, its inputs, and what its result is the figure of."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    subject: str = ""
    currency: str = "USD"


def calls_for(reading: Reading, slots: Slots, metrics: list[str]) -> list[Call]:
    special = _special(reading, slots, metrics)
    if special is not None:
        return special
    return [
        call for metric in asked_metrics(reading, slots, metrics) for variant in variants(slots) for call in _one(reading, variant, metric)
    ]


def asked_metrics(reading: Reading, slots: Slots, metrics: list[str]) -> list[str]:
    """Energy that is given, or whose intensity is, is not asked for; a bill of electricity is a cost, not an energy."""
    given = {"energy_kwh", "grid_g_per_kwh", "energy_per_question"} & slots.numbers.keys()
    others = [metric for metric in metrics if metric != "energy"]
    if others and (given or reading.has("electricity_bill")):
        metrics = others
    if "compute" in metrics and len(metrics) > 1 and "flop" in slots.numbers:
        metrics = [metric for metric in metrics if metric != "compute"]
    return metrics


def variants(slots: Slots) -> list[Slots]:
    """One set of inputs for each of the things that are compared: places, chips or models."""
    for name in ("places", "models", "chips", "systems"):
        rows = getattr(slots, name)
        if len(rows) > 1:
            return [_with(slots, name, id) for id in rows]
    return [slots]


def _with(slots: Slots, name: str, id: str) -> Slots:
    alone = copy(slots)
    setattr(alone, name, [id])
    return alone


def _special(reading: Reading, slots: Slots, metrics: list[str]) -> list[Call] | None:
    """Questions that are told by their form rather than by the quantity they name."""
    numbers, money = slots.numbers, slots.money
    if {"input_tokens", "output_tokens"} & numbers.keys() or (reading.has("api") and "cost" in metrics):
        return _api(reading, slots)
    if "energy_kwh" in numbers and ("electricity_price" in numbers or reading.has("electricity_bill")):
        return [Call("electricity_cost", _pick(slots, "electricity_cost"))]
    if ("growth" in numbers or reading.has("growth")) and money and _years(reading, slots):
        return [Call("cost_growth", {"cost": money[0], "growth": numbers.get("growth"), "years": _years(reading, slots)})]
    if reading.has("saving") and money and ("divisor" in numbers or "jest" in reading.folded):
        return [Call("savings", {"cost": money[0], "divisor": numbers.get("divisor")})]
    if reading.has("cooling") and reading.has("saving", "cooling") and "pue_after" in numbers:
        return [
            Call(
                "cooling_savings",
                {"pue_before": numbers.get("pue"), "pue_after": numbers["pue_after"], "energy_kwh": numbers.get("energy_kwh")},
            )
        ]
    if reading.has("convert") and money and not slots.names and not metrics:
        return [Call("money", {"euros" if slots.currency == "EUR" else "dollars": money[0]})]
    return _purchase(reading, slots, metrics)


def _purchase(reading: Reading, slots: Slots, metrics: list[str]) -> list[Call] | None:
    """Buying chips, and how many a budget buys; a chip alone, with no hour said, is a chip to buy."""
    numbers, money = slots.numbers, list(slots.money)
    timed = {"hours", "gpu_hours", "price", "params", "tokens", "flop"} & numbers.keys()
    arguments: dict[str, Any] = {
        "unit_price": numbers.get("unit_price"),
        "cluster": reading.has("cluster") and not reading.has("chips_only"),
    }
    if "gpu_count" in metrics and (money or "unit_price" in numbers) and not timed:
        if "unit_price" not in numbers and len(money) > 1:
            arguments["unit_price"] = min(money, key=_middle)
            money.remove(arguments["unit_price"])
        return (
            [Call("gpu_budget", {**arguments, "gpu": chip, "budget": money[0]}, currency=slots.currency) for chip in _chips(slots)]
            if money
            else None
        )
    buys = "unit_price" in numbers or reading.has("buy")
    if "cost" not in metrics or timed or slots.models or (reading.has("rent") and not buys):
        return None
    if not (slots.chips or ("gpus" in numbers and buys)):
        return None
    if "unit_price" not in numbers and len(money) == 1 and "gpus" in numbers:
        arguments["unit_price"] = money[0]
    return [
        Call("gpu_budget", {**arguments, "gpu": chip, "gpus": numbers.get("gpus")}, subject_of(slots, reading), slots.currency)
        for chip in _chips(slots)
    ]


def _chips(slots: Slots) -> list[str | None]:
    return [*slots.chips] or [None]


def _middle(amount: Any) -> float:
    return (amount.low + amount.high) / 2 if isinstance(amount, Range) else float(amount)


def _years(reading: Reading, slots: Slots) -> Any:
    if "years" in slots.numbers:
        return slots.numbers["years"]
    if len(reading.years) >= 2:
        return float(abs(reading.years[-1].value - reading.years[0].value))
    return None


def _api(reading: Reading, slots: Slots) -> list[Call] | None:
    from aitoll.agent.rules.api_names import find_api_model

    model = find_api_model(reading.question)
    if model is None:
        return None
    arguments = {name: slots.numbers.get(name) for name in ("input_tokens", "output_tokens")}
    return [Call("api_cost", {"api_model": model, **arguments}, model)]


def _one(reading: Reading, slots: Slots, metric: str) -> list[Call]:
    if metric in USE and is_use(reading, slots):
        return [_call(USE[metric], slots, reading)]
    described = any(name in slots.numbers for name in DESCRIBED)
    if metric == "cost":
        tool = "electricity_cost" if reading.has("electricity_bill") or "electricity_price" in slots.numbers else "training_cost"
        return [_call(tool, slots, reading)] if described or slots.models else []
    if metric == "gpu_count":
        return [_call("training_time", slots, reading)] if described and slots.models and "hours" in slots.numbers else []
    if metric in TRAINING and (described or slots.models):
        return [_call(TRAINING[metric], slots, reading)]
    return []


def is_use(reading: Reading, slots: Slots) -> bool:
    """Using a model rather than training it."""
    counted = {"questions", "per_questions", "energy_per_question"} & slots.numbers.keys()
    named = bool(slots.systems) or (slots.models and reading.has("use"))
    return bool(counted) or (bool(named) and not reading.has("train"))


def _call(tool: str, slots: Slots, reading: Reading) -> Call:
    arguments = _pick(slots, tool)
    return Call(tool, arguments, _named(arguments, reading), slots.currency)


def _pick(slots: Slots, tool: str) -> dict[str, Any]:
    """What this calculator can use of what was said."""
    fields = calculator(tool).inputs.model_fields
    if "per_questions" in slots.numbers:  # the user's own measure of a question
        return {name: value for name, value in slots.numbers.items() if name in fields}
    rows = {"gpu": slots.chips, "model": slots.models, "place": slots.places, "facility": slots.sites, "system": slots.systems}
    named = {field: ids[0] for field, ids in rows.items() if ids and field in fields}
    if "system" in fields and not named.get("system") and slots.models:
        named.update({"system": found} if (found := _system_of(slots.models[0])) else {})
    return {**named, **{name: value for name, value in slots.numbers.items() if name in fields}}


def _system_of(model: str) -> str | None:
    """The measurement of use of a model that is known from its training."""
    from aitoll.agent.rules.fold import fold
    from aitoll.agent.rules.names import key, names_of, rows_named
    from aitoll.tools.facts import row

    for alias in names_of("models", row("models", model)):
        for table, id, _ in rows_named(key(alias), fold(alias[:2])):
            if table == "inference":
                return id
    return None


ROWS = {"model": "models", "system": "inference", "gpu": "accelerators", "facility": "facilities", "place": "grids"}


def _named(arguments: dict[str, Any], reading: Reading) -> str:
    """The names among a call's inputs."""
    return ", ".join(
        dict.fromkeys(row_name(table, arguments[field], reading.language) for field, table in ROWS.items() if arguments.get(field))
    )


def subject_of(slots: Slots, reading: Reading) -> str:
    """What tells one figure of an answer from another: "Llama 3.1 405B, Pologne"."""
    tables = (
        ("models", slots.models),
        ("inference", slots.systems),
        ("accelerators", slots.chips),
        ("facilities", slots.sites),
        ("grids", slots.places),
    )
    return ", ".join(dict.fromkeys(row_name(table, ids[0], reading.language) for table, ids in tables if ids))
