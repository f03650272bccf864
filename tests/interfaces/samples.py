"""For every calculator some inputs, the first worked case where there is one, and the figures that every embedding must give."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from aitoll.agent.ask import calculate
from aitoll.agent.interfaces.calling import read
from aitoll.agent.rules.tables import COLUMNS
from aitoll.tools.facts import known, rows

CASES = Path(__file__).parent.parent / "cases"
UNWORKED: dict[str, dict[str, Any]] = {}  # a calculator without a case file yet
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    # tool, arguments, field named, words of the remedy
    ("gpu_budget", {"gpu": "H1000", "gpus": 5}, "gpu", "did you mean h100-sxm"),
    ("gpu_budget", {"gpus": 0}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": -3}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": 1e300}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": 10**400}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": True}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": "many"}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": "512 kWh"}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": "9" * 100_000}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": [1, 2, 3]}, "gpus", "{low, high}"),
    ("gpu_budget", {"gpus": {"low": 9, "high": 3}}, "gpus", "{low, high}"),
    ("gpu_budget", {"gpus": {"low": 9}}, "gpus", "{low, high}"),
    ("gpu_budget", {"gpus": {"low": 0, "high": 3}}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": '{"low": 9'}, "gpus", "from 1 to 1e+08 GPU"),
    ("gpu_budget", {"gpus": '["8", "9"]'}, "gpus", "{low, high}"),
    ("gpu_budget", {"gpu": 5}, "gpu", "use a name"),
    ("gpu_budget", {"gpu": "x" * 100_000}, "gpu", "at most 80"),
    ("gpu_budget", {"gpu": "  "}, "gpu", "not empty"),
    ("gpu_budget", {"cluster": "perhaps"}, "cluster", "true or false"),
    ("gpu_budget", {"gpuz": 5}, "gpuz", "did you mean gpu"),
    ("gpu_budget", {"days": 5}, "days", "gpu_budget takes gpu"),
    ("training_cost", {"gpus": 5, "hours": 5, "days": 30}, "days", "it is hours, which was given too"),
    ("training_cost", {"gpus": 5, "days": "soon"}, "hours", "above 0 to 876600 hour"),
    ("cooling_savings", {"pue_before": 0.9}, "pue_before", "from 1 to 5"),
    ("electricity_cost", {}, "gpu_hours", "gpus"),
    ("training_carbon", {"energy_kwh": 5, "place": "Frrance"}, "place", "fra"),
    ("api_cost", {"api_model": "gpt-4p", "input_tokens": 1}, "api_model", "did you mean gpt-4"),
    (
        "compare",
        {"calculator": "training_carbonn", "input": "place", "values": ["fra", "pol"]},
        "calculator",
        "did you mean training_carbon",
    ),
    ("compare", {"calculator": "training_carbon", "input": "plaice", "values": ["fra", "pol"]}, "input", "did you mean place"),
    ("compare", {"calculator": "training_carbon", "input": "place", "values": ["fra"]}, "values", "2 to 20"),
    (
        "compare",
        {"calculator": "training_carbon", "input": "place", "values": ["xyz", "zyx"], "inputs": {"energy_kwh": 1}},
        "place",
        "such as fra or us-ca",
    ),
    ("look_up", {"row": "H1000", "quantity": "tdp"}, "row", "did you mean h100-sxm"),
    ("look_up", {"row": "H100", "quantity": "pue"}, "quantity", "H100 is a chip: use tdp"),
    ("look_up", {"row": "H100", "quantity": "weight"}, "quantity", "use one of tdp"),
    ("look_up", {"row": "GPT-4", "quantity": "size"}, "quantity", "call ask for an estimate"),
    ("look_up", {"row": "x" * 100_000, "quantity": "size"}, "row", "at most 80"),
    ("look_up", {"row": 5, "quantity": "size"}, "row", "not empty"),
    ("look_up", {"row": "H100", "quantity": "water"}, "quantity", "use one of tdp"),
    ("compare", {"calculator": "training_cost", "input": "gpu", "values": ["H100", "B200"], "gpuz": 1}, "gpuz", "compare takes"),
    ("search", {"query": "why", "limit": "1.5"}, "limit", "from 1 to 20"),
    ("look_up", {"row": "H100", "quantity": 1e308}, "quantity", "use one of tdp"),
    ("look_up", {"rows": "H100", "quantity": "tdp"}, "rows", "did you mean row"),
    ("search", {"query": ""}, "query", "not empty"),
    ("search", {"query": "why", "limit": 1000}, "limit", "from 1 to 20"),
    ("search", {"query": "why", "within": "web"}, "within", "all, library or user"),
]


@cache
def asked(name: str) -> dict[str, Any]:
    file = CASES / f"{name}.yaml"
    cases = yaml.safe_load(file.read_text("utf-8")) if file.exists() else []
    return next((case["asked"] for case in cases if "expect" in case), UNWORKED.get(name, {}))


def published(quantity: str) -> str:
    """The first row whose value of it is published."""
    table, column = COLUMNS[quantity][:2]
    return next(id for id in rows(table) if known(table, id, column))


@cache
def expected(name: str) -> tuple[dict[str, Any], ...]:
    """As `aitoll calc NAME --json` prints them."""
    return tuple(figure.model_dump(mode="json") for figure in calculate(name, **read(name, asked(name))))
