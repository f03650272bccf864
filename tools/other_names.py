"""What else people and models call an input: "country" is the place, "days" are hours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aitoll.tools.patterns import deferred

if TYPE_CHECKING:
    from collections.abc import Container

#: other name → the inputs that it may be, the first that a calculator takes, and the unit of a bare number
OTHER_NAMES: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys(("time", "duration", "wall_time", "training_hours"), (("hours",), "")),
    **dict.fromkeys(("days", "duration_days", "training_days"), (("hours",), "day")),
    **dict.fromkeys(("weeks", "duration_weeks"), (("hours",), "week")),
    **dict.fromkeys(("months", "duration_months"), (("hours",), "month")),
    **dict.fromkeys(("chip", "accelerator", "hardware", "gpu_type", "gpu_model", "gpu_name", "chip_type"), (("gpu",), "")),
    **dict.fromkeys(("chips", "num_gpus", "n_gpus", "gpu_count", "number_of_gpus", "accelerators"), (("gpus",), "")),
    **dict.fromkeys(("gpu_hrs", "chip_hours", "total_gpu_hours"), (("gpu_hours",), "")),
    **dict.fromkeys(("parameters", "num_params", "n_params", "num_parameters", "model_size"), (("params",), "")),
    **dict.fromkeys(("training_tokens", "n_tokens", "num_tokens", "dataset_tokens"), (("tokens",), "")),
    **dict.fromkeys(("flops", "compute", "training_flop", "training_flops"), (("flop",), "")),
    **dict.fromkeys(("utilisation", "utilization"), (("mfu",), "")),
    **dict.fromkeys(("model", "model_name", "llm"), (("model", "api_model", "system"), "")),
    **dict.fromkeys(("chatbot", "service", "assistant"), (("system",), "")),
    **dict.fromkeys(("queries", "prompts", "requests", "num_queries", "number_of_questions"), (("questions",), "")),
    **dict.fromkeys(("prompt_tokens", "tokens_in"), (("prompt_tokens", "input_tokens"), "")),
    **dict.fromkeys(("completion_tokens", "tokens_out"), (("output_tokens",), "")),
    **dict.fromkeys(("country", "region", "location", "zone", "grid"), (("place",), "")),
    **dict.fromkeys(("carbon_intensity", "grid_intensity", "grid_carbon_intensity"), (("grid_g_per_kwh",), "")),
    **dict.fromkeys(("price_per_hour", "price_per_gpu_hour", "hourly_price", "hourly_rate", "rate"), (("price",), "")),
    **dict.fromkeys(("price_per_gpu", "gpu_price", "price_per_chip"), (("unit_price", "price"), "")),
    **dict.fromkeys(("price_per_kwh", "kwh_price", "energy_price"), (("electricity_price",), "")),
    **dict.fromkeys(("energy", "electricity", "kwh"), (("energy_kwh",), "")),
    **dict.fromkeys(("mwh", "energy_mwh"), (("energy_kwh",), "MWh")),
    **dict.fromkeys(("gwh", "energy_gwh"), (("energy_kwh",), "GWh")),
    **dict.fromkeys(("power", "power_per_gpu"), (("power_kw",), "")),
    "tdp": (("tdp_kw",), ""),
    **dict.fromkeys(("power_w", "watts", "watts_per_gpu"), (("power_kw",), "W/GPU")),
    "tdp_w": (("tdp_kw",), "W/GPU"),
    **dict.fromkeys(("site", "datacenter", "data_center", "operator", "provider"), (("facility",), "")),
    **dict.fromkeys(("usd", "amount_usd"), (("dollars",), "")),
    **dict.fromkeys(("eur", "amount_eur"), (("euros",), "")),
    **dict.fromkeys(("exchange_rate", "usd_eur"), (("usd_per_eur",), "")),
}
BARE = deferred(r"[\d.eE+_-]+")


def meant(said: str, inputs: Container[str]) -> tuple[str, str]:
    """The input that is meant and the unit of a bare number; the name itself where it is an input, or no other is known."""
    if said in inputs:
        return said, ""
    spelt = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", said[:80]).replace("-", "_").replace(" ", "_").lower()
    if spelt in inputs:
        return spelt, ""
    own, unit = OTHER_NAMES.get(spelt, ((), ""))
    return next(((name, unit) for name in own if name in inputs), (said, ""))


def with_unit(value: Any, unit: str) -> Any:
    """A bare number, or two of them, as text with the unit that the name implies; what has one of its own as it is."""
    if not unit or isinstance(value, bool):
        return value
    if isinstance(value, list | tuple) and len(value) == 2 and all(BARE.fullmatch(str(end)) for end in value):
        return f"{value[0]}..{value[1]} {unit}"
    return f"{value} {unit}" if BARE.fullmatch(str(value)) else value
