"""Answers that are no figure: a question back, a value that cannot be, a name unknown here, a subject that is not ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aitoll.agent.formatting import plain, quantity, share
from aitoll.agent.rules.api_names import near_sold
from aitoll.agent.texts import label, row_name, sentence, texts
from aitoll.agent.told import told
from aitoll.tools.facts import near, rows
from aitoll.tools.registry import CALCULATORS, calculator, limits

if TYPE_CHECKING:
    from aitoll.agent.answer import AnswerStatus, Language
    from aitoll.agent.rules.planning import Plan
    from aitoll.tools.errors import AitollError
    from aitoll.tools.inputs import Inputs

BOUNDED = ("pue", "pue_after", "mfu", "gpus", "hours", "gpu_hours", "params", "tokens", "price", "energy_kwh", "grid_g_per_kwh")
BY_METRIC = {"energy": "clarify_energy", "carbon": "clarify_energy", "water": "clarify_energy", "cost": "clarify_cost"}


def clarify(made: Plan, language: Language) -> str:
    if made.options:
        table, *ids = made.options
        return sentence("clarify_place", language, choices=", ".join(row_name(table, id, language) for id in ids))
    metric = made.metrics[0] if made.metrics else "none"
    choices = sentence(BY_METRIC.get(metric, "clarify_run"), language)
    return sentence("clarify", language, what=texts(language)["whats"].get(metric, texts(language)["whats"]["none"]), choices=choices)


def no_prices(made: Plan, language: Language) -> str:
    """What electricity costs in a place, which no table holds."""
    return sentence("no_prices", language, places=", ".join(row_name("grids", id, language) for id in made.slots.places))


def unknown(name: str, language: Language, table: str = "models") -> str:
    """The nearest names of the same kind, and what would do instead of one."""
    ids = near(table, name)
    names = [row_name(table, id, language) for id in ids if id in rows(table)] or _common(table, language)
    if table == "models":
        names += [id for id in near_sold(name) if id not in names][:2]
    offered = sentence("near", language, names=", ".join(dict.fromkeys(names))) if names else ""
    instead = sentence(f"not_listed_{table}", language, count=len(rows(table)))
    return sentence("not_found", language, name=name[:80], near=offered + instead)


#: rows that most questions are about, offered where no name is near
COMMON = {"accelerators": ("h100-sxm", "a100-80-sxm", "b200", "mi300x"), "grids": ("fra", "deu", "usa", "chn"),
          "facilities": ("google-fleet-2024", "microsoft-fleet-fy2025", "aws-fleet-2025", "meta-fleet-2023")}  # fmt: skip


def _common(table: str, language: Language) -> list[str]:
    return [row_name(table, id, language) for id in COMMON.get(table, ()) if id in rows(table)]


def refuse(error: AitollError, tool: str, language: Language, made: Plan) -> tuple[AnswerStatus, str]:
    """The status and the text of an error, in the asker's language."""
    if error.code == "invalid":
        return "invalid", _invalid(error, tool, language, percent="%" in made.query or "percent" in made.query)
    if error.code == "unknown_name":
        return "not_found", unknown(str(error.name), language, error.table if error.table in ("models", *COMMON) else "models")
    if error.code == "missing":
        return "clarify", clarify(made, language)
    return "failed", sentence("failed", language, detail=told(error, language))


def impossible(made: Plan) -> None:
    """A value that no calculator would take is told before anything is asked back."""
    for name, value in made.slots.numbers.items():
        for found in CALCULATORS.values() if name in BOUNDED else ():
            if name in found.inputs.model_fields:
                found.ask({name: value})
                break


def _with_field(field: str, tool: str) -> type[Inputs]:
    """The inputs of the calculator, or of the first that has this one."""
    own = calculator(tool).inputs
    others = (found.inputs for found in CALCULATORS.values() if field in found.inputs.model_fields)
    return own if field in own.model_fields else next(others, own)


def _invalid(error: AitollError, tool: str, language: Language, *, percent: bool = False) -> str:
    inputs = _with_field(str(error.field), tool)
    field, value = str(error.field), str(error.value)
    named = capital(label(field, language))
    if field not in inputs.model_fields or limits(inputs, field)[2] is None:
        allowed = sentence("allowed_other", language, allowed=str(error.allowed))
        return sentence("invalid", language, label=named, value=value, allowed=allowed)
    low, included, high = limits(inputs, field)
    shares = percent and high == 1

    def shown(number: float) -> str:
        return share(number, language) if shares else quantity(number, inputs.unit(field), language) if number else plain(0, language)

    bounds = sentence("bounds_from" if included else "bounds_above", language, low=shown(low or 0.0), high=shown(high or 0.0))
    said = shown(float(value)) if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", value) else value
    return sentence("invalid", language, label=named, value=said, allowed=sentence("allowed", language, bounds=bounds))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
